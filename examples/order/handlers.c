/* The tasks of the order workflow that are written in C.  Each is a Lambda function to the
 * workflow; the linker binds it by its name. */
#include <aslrt/task.h>

/* What the shop has. */
static const struct {
    asl_value sku;
    int64_t on_hand;
} stock[] = {
    { ASL_TEXT("tea"), 40 },
    { ASL_TEXT("cup"), 12 },
    { ASL_TEXT("kettle"), 1 },
};

/* How many of SKU there are. */
static int64_t on_hand(asl_value sku)
{
    for (size_t i = 0; i < sizeof(stock) / sizeof(stock[0]); i++)
        if (asl_same_text(stock[i].sku, sku))
            return stock[i].on_hand;
    return 0;
}

/* The order in, {"total": N} out; a card without a token is no card. */
static asl_value verify_payment(asl_task_call *call, asl_value order)
{
    asl_value token = asl_get(asl_get(order, "card"), "token");
    asl_value items = asl_get(order, "items");
    double total = 0;

    if (!asl_is_string(token) || asl_text_len(token) == 0)
        return asl_task_error(call, "Payment.InvalidCard", "the card has no token");
    for (size_t i = 0; i < asl_count(items); i++) {
        asl_value price = asl_get(asl_at(items, i), "price");
        asl_value quantity = asl_get(asl_at(items, i), "quantity");

        if (!asl_is_number(price) || !asl_is_number(quantity))
            return asl_task_error(call, "Order.Malformed", "an item lacks price or quantity");
        total += asl_to_double(price) * asl_to_double(quantity);
    }
    return asl_set(asl_task_region(call), asl_object(), asl_str("total"), asl_number(total));
}
ASL_TASK(verify_payment, verify_payment)

/* {"order", "sku", "quantity"} in; the same with "reserved" out. */
static asl_value reserve_item(asl_task_call *call, asl_value item)
{
    asl_region *region = asl_task_region(call);
    asl_value sku = asl_get(item, "sku");
    int64_t wanted = 0, available = on_hand(sku);

    if (!asl_is_string(sku) || !asl_to_integer(asl_get(item, "quantity"), &wanted))
        return asl_task_error(call, "Order.Malformed", "an item lacks sku or quantity");
    if (wanted > available)
        return asl_error(region, asl_str("Inventory.OutOfStock"),
                         asl_format_string(region, "%.*s: %lld wanted, %lld on hand",
                                           (int)asl_text_len(sku), asl_text(&sku),
                                           (long long)wanted, (long long)available));
    return asl_set(region, item, asl_str("reserved"), asl_boolean(true));
}
ASL_TASK(reserve_item, reserve_item)

/* Whether V is the string that EXPECTED is. */
static bool is_text(asl_value v, asl_value expected)
{
    return asl_is_string(v) && asl_same_text(v, expected);
}

/* {"attempt", "card", "amount"} in, {"receipt"} out.  The bank of tok_slow is busy at
 * first, that of tok_stolen does not pay at all. */
static asl_value charge_card(asl_task_call *call, asl_value charge)
{
    asl_region *region = asl_task_region(call);
    asl_value card = asl_get(charge, "card");
    int64_t attempt = 0;

    if (is_text(card, asl_str("tok_stolen")))
        return asl_task_error(call, "Payment.Declined", "the bank does not honour this card");
    asl_to_integer(asl_get(charge, "attempt"), &attempt);
    if (is_text(card, asl_str("tok_slow")) && attempt < 2)
        return asl_task_error(call, "Payment.Busy", "the bank is busy, try again");
    return asl_set(region, asl_object(), asl_str("receipt"),
                   asl_format_string(region, "R-%.2f-%lld",
                                     asl_to_double(asl_get(charge, "amount")),
                                     (long long)attempt + 1));
}
ASL_TASK(charge_card, charge_card)

/* An array of reservations in, how many were given back out. */
static asl_value release_items(asl_task_call *call, asl_value reservations)
{
    return asl_set(asl_task_region(call), asl_object(), asl_str("released"),
                   asl_integer((int64_t)asl_count(reservations)));
}
ASL_TASK(release_items, release_items)
