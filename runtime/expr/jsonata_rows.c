/* Rows: the tuple streams behind `@$v`, `#$i` and `%` (jsonata.md 6).
 *
 * A row is an array of as many values as the stream has columns; column 0 is the context.
 * Rows are no data: they may nest deeper than values do, by the two arrays that they are.
 */
#include "../value/base.h"

#include "query.h"

#include "../value/container.h"

static asl_value array_of(asl_value *items, uint32_t count)
{
    size_t depth = asl__depth_of_items(items, count);

    return asl__container(ASL_ARRAY, items, count,
                          depth < ASL_MAX_DEPTH ? depth : ASL_MAX_DEPTH - 1);
}

static const asl_value unset = ASL_CONST_TAG(ASL_UNSET);

asl_value asl_rows(asl_eval *e, asl_value v, uint32_t columns)
{
    const asl_value *items;
    uint32_t count = asl_items(&v, &items);

    if (asl_is_error(v))
        return v;
    if (count == 0)
        return asl_flagged(asl_array(), ASL_SEQUENCE | ASL_TUPLES);
    asl_value *rows = asl__block_new(e->region, sizeof *rows, count, count);
    if (!rows)
        return asl_no_memory();
    for (uint32_t i = 0; i < count; i++) {
        asl_value *row = asl__block_new(e->region, sizeof *row, columns, columns);
        if (!row)
            return asl_no_memory();
        row[0] = items[i];
        for (uint32_t c = 1; c < columns; c++)
            row[c] = unset;
        rows[i] = array_of(row, columns);
    }
    return asl_flagged(array_of(rows, count), ASL_SEQUENCE | ASL_TUPLES);
}

asl_value asl_rows_or_none(asl_eval *e, asl_value rows, uint32_t columns)
{
    static const asl_value none;

    if (asl_is_error(rows) || (asl_is_array(rows) && asl__count(rows) > 0))
        return rows;
    asl_value *row = asl__block_new(e->region, sizeof *row, columns, columns);
    asl_value *only = asl__block_new(e->region, sizeof *only, 1, 1);
    if (!row || !only)
        return asl_no_memory();
    row[0] = none;
    for (uint32_t c = 1; c < columns; c++)
        row[c] = unset;
    *only = array_of(row, columns);
    return asl_flagged(array_of(only, 1), ASL_SEQUENCE | ASL_TUPLES);
}

/* A copy of ROW to be changed, or NULL. */
static asl_value *copy_row(asl_eval *e, asl_value row)
{
    uint32_t columns = asl__count(row);
    asl_value *copy = asl__block_new(e->region, sizeof *copy, columns, columns);

    if (copy)
        memcpy(copy, asl__items(row), columns * sizeof *copy);
    return copy;
}

asl_value asl_row_with(asl_eval *e, asl_value row, uint32_t column, asl_value v)
{
    if (asl_is_error(row))
        return row;
    if (asl_is_error(v))
        return v;
    asl_value *copy = copy_row(e, row);
    if (!copy)
        return asl_no_memory();
    copy[column] = v;
    return array_of(copy, asl__count(row));
}

asl_value asl_row_merge(asl_eval *e, asl_value row, asl_value other)
{
    if (asl_is_error(row))
        return row;
    if (asl_is_error(other))
        return other;
    asl_value *copy = copy_row(e, row);
    if (!copy)
        return asl_no_memory();
    for (uint32_t c = 0; c < asl__count(row) && c < asl__count(other); c++)
        if (!asl_is_unset(asl__items(other)[c]))
            copy[c] = asl__items(other)[c];
    return array_of(copy, asl__count(row));
}

asl_value asl_rows_contexts(asl_eval *e, asl_value rows)
{
    asl_list l = { 0 };

    if (asl_is_error(rows))
        return rows;
    if (!asl__list_reserve(e->region, &l, asl_count(rows)))
        return l.error;
    for (uint32_t i = 0; i < asl_count(rows); i++)
        asl_list_add(e, &l, asl__items(asl__items(rows)[i])[0]);
    return asl_list_sequence(e, &l, 0);
}

/* Column COLUMN of all ROWS that have it set, appended to each other. */
static asl_value reduce_column(asl_eval *e, asl_value rows, uint32_t column)
{
    asl_value all = unset;
    asl_list l = { 0 };
    uint32_t found = 0;

    for (uint32_t i = 0; i < asl_count(rows); i++) {
        asl_value v = asl__items(asl__items(rows)[i])[column];
        if (asl_is_unset(v))
            continue;
        if (asl_is_undefined(v) && !asl_is_unset(all))
            continue;
        if (found++ == 0 || asl_is_undefined(all)) {
            all = v;
            continue;
        }
        if (l.adds == 0)
            asl_list_append(e, &l, all);
        asl_list_append(e, &l, v);
    }
    return l.adds ? asl_list_array(e, &l, 0) : all;
}

/* The columns of ROW, to be changed for all who have it: rows are no data. */
static asl_value *columns_of(asl_value row)
{
    return (asl_value *)(uintptr_t)asl__items(row);
}

asl_value asl_rows_reduce(asl_eval *e, asl_value rows, uint32_t columns)
{
    if (asl_is_error(rows))
        return rows;
    asl_value *row = asl__block_new(e->region, sizeof *row, columns, columns);
    if (!row)
        return asl_no_memory();
    for (uint32_t c = 0; c < columns; c++) {
        row[c] = reduce_column(e, rows, c);
        if (asl_is_error(row[c]))
            return row[c];
    }
    if (asl__count(rows) == 1) /* which other groups find without its context then */
        columns_of(asl__items(rows)[0])[0] = unset;
    if (asl_is_unset(row[0]))
        row[0] = asl_undefined();
    return array_of(row, columns);
}

asl_value asl_rows_number(asl_value rows, uint32_t column)
{
    if (!asl_is_error(rows))
        for (uint32_t i = 0; i < asl__count(rows); i++)
            columns_of(asl__items(rows)[i])[column] = asl_integer(i);
    return rows;
}
