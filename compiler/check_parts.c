/*
 * check_parts.c - the parts of states: Retry, Catch, Choice rules, what Map has, and the
 * members of scopes.
 */
#include <math.h>
#include <string.h>

#include "arena.h"
#include "check_rules.h"

#define B LANGUAGE_BOTH
#define JP LANGUAGE_JSONPATH
#define JA LANGUAGE_JSONATA
#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

static const char *const jitter_words[] = { "NONE", "FULL", NULL };
static const char *const mode_words[] = { "INLINE", "DISTRIBUTED", NULL };
static const char *const execution_words[] = { "STANDARD", "EXPRESS", NULL };
static const char *const input_words[] = { "CSV",     "JSON",     "JSONL",
                                           "PARQUET", "MANIFEST", NULL };
static const char *const manifest_words[] = { "S3_INVENTORY", "ATHENA_DATA", NULL };
static const char *const load_words[] = { "NONE", "LOAD_AND_FLATTEN", NULL };
static const char *const delimiter_words[] = { "COMMA", "PIPE", "SEMICOLON",
                                               "SPACE", "TAB",  NULL };
static const char *const header_words[] = { "FIRST_ROW", "GIVEN", NULL };
static const char *const writer_words[] = { "NONE", "COMPACT", "FLATTEN", NULL };
static const char *const output_words[] = { "JSON", "JSONL", NULL };
static const char *const version_words[] = { "1.0", NULL };

static const struct spec retrier_members[] = {
    { "ErrorEquals", KIND_ERRORS, 0, 0, B, true, NULL },
    { "IntervalSeconds", KIND_INTEGER, 1, 99999999, B, false, NULL },
    { "MaxAttempts", KIND_INTEGER, 0, 99999999, B, false, NULL },
    { "BackoffRate", KIND_NUMBER, 1, INFINITY, B, false, NULL },
    { "MaxDelaySeconds", KIND_INTEGER, 1, 31622399, B, false, NULL },
    { "JitterStrategy", KIND_WORD, 0, 0, B, false, jitter_words },
    { "Comment", KIND_STRING, 0, 0, B, false, NULL },
};

static const struct spec catcher_members[] = {
    { "ErrorEquals", KIND_ERRORS, 0, 0, B, true, NULL },
    { "Next", KIND_TARGET, 0, 0, B, true, NULL },
    { "ResultPath", KIND_RESULT_PATH, 0, 0, JP, false, NULL },
    { "Output", KIND_JSONATA_ANY, 0, 0, JA, false, NULL },
    { "Assign", KIND_ASSIGN, 0, 0, B, false, NULL },
    { "Comment", KIND_STRING, 0, 0, B, false, NULL },
};

static const struct spec condition_members[] = {
    { "Condition", KIND_CONDITION, 0, 0, JA, true, NULL },
    { "Next", KIND_TARGET, 0, 0, B, true, NULL },
    { "Output", KIND_JSONATA_ANY, 0, 0, JA, false, NULL },
    { "Assign", KIND_ASSIGN, 0, 0, B, false, NULL },
    { "Comment", KIND_STRING, 0, 0, B, false, NULL },
};

static const struct spec config_members[] = {
    { "Mode", KIND_WORD, 0, 0, B, false, mode_words },
    { "ExecutionType", KIND_WORD, 0, 0, B, false, execution_words },
};

static const struct spec reader_members[] = {
    { "Resource", KIND_RESOURCE, 0, 0, B, true, NULL },
    { "Parameters", KIND_TEMPLATE, 0, 0, JP, false, NULL },
    { "Arguments", KIND_JSONATA_ANY, 0, 0, JA, false, NULL },
    { "ReaderConfig", KIND_OBJECT, 0, 0, B, false, NULL },
};

static const struct spec reader_config_members[] = {
    { "InputType", KIND_WORD, 0, 0, B, false, input_words },
    { "Transformation", KIND_WORD, 0, 0, B, false, load_words },
    { "ManifestType", KIND_WORD, 0, 0, B, false, manifest_words },
    { "CSVDelimiter", KIND_WORD, 0, 0, B, false, delimiter_words },
    { "CSVHeaderLocation", KIND_WORD, 0, 0, B, false, header_words },
    { "CSVHeaders", KIND_STRINGS, 0, 0, B, false, NULL },
    { "ItemsPointer", KIND_POINTER, 0, 0, B, false, NULL },
    { "MaxItems", KIND_INTEGER, 0, 100000000, B, false, NULL },
    { "MaxItemsPath", KIND_REFERENCE_PATH, 0, 0, JP, false, NULL },
};

static const struct spec batcher_members[] = {
    { "MaxItemsPerBatch", KIND_INTEGER, 1, 100000000, B, false, NULL },
    { "MaxItemsPerBatchPath", KIND_REFERENCE_PATH, 0, 0, JP, false, NULL },
    { "MaxInputBytesPerBatch", KIND_INTEGER, 1, 262144, B, false, NULL },
    { "MaxInputBytesPerBatchPath", KIND_REFERENCE_PATH, 0, 0, JP, false, NULL },
    { "BatchInput", KIND_TEMPLATE, 0, 0, B, false, NULL },
};

static const struct spec writer_members[] = {
    { "Resource", KIND_RESOURCE, 0, 0, B, false, NULL },
    { "Parameters", KIND_TEMPLATE, 0, 0, JP, false, NULL },
    { "Arguments", KIND_JSONATA_ANY, 0, 0, JA, false, NULL },
    { "WriterConfig", KIND_OBJECT, 0, 0, B, false, NULL },
};

static const struct spec writer_config_members[] = {
    { "Transformation", KIND_WORD, 0, 0, B, false, writer_words },
    { "OutputType", KIND_WORD, 0, 0, B, false, output_words },
};

static const struct spec machine_members[] = {
    { "StartAt", KIND_TARGET, 0, 0, B, true, NULL },
    { "States", KIND_OBJECT, 0, 0, B, true, NULL },
    { "Comment", KIND_STRING, 0, 0, B, false, NULL },
    { "Version", KIND_WORD, 0, 0, B, false, version_words },
    { "TimeoutSeconds", KIND_INTEGER, 1, 99999999, B, false, NULL },
    { "QueryLanguage", KIND_LANGUAGE, 0, 0, B, false, NULL },
};

static const struct spec branch_members[] = {
    { "StartAt", KIND_TARGET, 0, 0, B, true, NULL },
    { "States", KIND_OBJECT, 0, 0, B, true, NULL },
    { "Comment", KIND_STRING, 0, 0, B, false, NULL },
};

static const struct spec processor_members[] = {
    { "StartAt", KIND_TARGET, 0, 0, B, true, NULL },
    { "States", KIND_OBJECT, 0, 0, B, true, NULL },
    { "Comment", KIND_STRING, 0, 0, B, false, NULL },
    { "ProcessorConfig", KIND_OBJECT, 0, 0, B, false, NULL },
};

/* ---- Retry and Catch ---------------------------------------------------------- */

static const char *const error_names[] = { "States.ALL",
                                           "States.Timeout",
                                           "States.HeartbeatTimeout",
                                           "States.TaskFailed",
                                           "States.Permissions",
                                           "States.ResultPathMatchFailure",
                                           "States.ParameterPathFailure",
                                           "States.BranchFailed",
                                           "States.NoChoiceMatched",
                                           "States.IntrinsicFailure",
                                           "States.ExceedToleratedFailureThreshold",
                                           "States.ItemReaderFailed",
                                           "States.ResultWriterFailed",
                                           "States.QueryEvaluationError",
                                           "States.DataLimitExceeded",
                                           "States.Runtime",
                                           "States.ReferencePathConflict",
                                           "States.Http.Socket",
                                           NULL };

/* ASL: names with the prefix States. are the language's own. */
static void check_error_name(struct check *check, const struct node *name)
{
    struct nearest nearest;

    if (strncmp(name->text, "States.", 7) != 0 || name->unfilled ||
        strncmp(name->text, "States.Http.", 12) == 0)
        return;
    nearest_init(&nearest, name->text);
    for (size_t i = 0; error_names[i]; i++) {
        if (node_equals(name, error_names[i]))
            return;
        nearest_try(&nearest, error_names[i]);
    }
    report(check, BREACH_UNKNOWN_ERROR, name, nearest_note(&nearest, check->arena),
           "`%s` is no error name of the language", name->text);
}

/* ASL: States.ALL must appear alone, and in the last retrier or catcher. */
static void check_errors(struct check *check, const struct errors *errors,
                         const struct node *node, bool is_last)
{
    const struct node *names = node_member(node, "ErrorEquals");

    for (size_t i = 0; i < errors->count; i++) {
        check_error_name(check, errors->names[i]);
        if (!node_equals(errors->names[i], "States.ALL"))
            continue;
        if (names->count > 1)
            report(check, BREACH_ALL_NOT_ALONE, names, NULL,
                   "`States.ALL` must be alone in its `ErrorEquals`");
        if (!is_last)
            report(check, BREACH_ALL_NOT_LAST, names, NULL,
                   "`States.ALL` must be in the last element");
    }
}

static void check_delay(struct check *check, const struct retrier *retrier)
{
    const struct node *delay = node_member(retrier->node, "MaxDelaySeconds");

    if (delay && retrier->max_delay > 0 && retrier->max_delay <= retrier->interval)
        report(check, BREACH_MAX_DELAY, delay, NULL,
               "`MaxDelaySeconds` should be greater than `IntervalSeconds`");
}

void check_policy(struct check *check, const struct state *state)
{
    for (size_t i = 0; i < state->nretriers; i++) {
        const struct retrier *retrier = &state->retriers[i];

        /* A retrier's numbers are literals in both languages. */
        check_members(check, QUERY_JSONPATH, retrier_members, COUNT_OF(retrier_members),
                      retrier->node, "a retrier");
        check_errors(check, &retrier->errors, retrier->node, i + 1 == state->nretriers);
        check_delay(check, retrier);
    }
    for (size_t i = 0; i < state->ncatchers; i++) {
        const struct catcher *catcher = &state->catchers[i];

        check_members(check, state->language, catcher_members,
                      COUNT_OF(catcher_members), catcher->node, "a catcher");
        check_errors(check, &catcher->errors, catcher->node, i + 1 == state->ncatchers);
    }
}

/* ---- Choice ------------------------------------------------------------------- */

/* What the literal operand of each operator is. */
enum operand { OPERAND_NONE, STRING, NUMBER, BOOLEAN, TIMESTAMP, PATTERN };

static const enum operand operands[RULE_COUNT] = {
#define COMPARISON(id, name, operand, has_path) [RULE_##id] = operand,
#include "choices.def"
#undef COMPARISON
};

static const enum field_kind operand_kinds[] = {
    [OPERAND_NONE] = KIND_ANY, [STRING] = KIND_STRING,       [NUMBER] = KIND_NUMBER,
    [BOOLEAN] = KIND_BOOLEAN,  [TIMESTAMP] = KIND_TIMESTAMP, [PATTERN] = KIND_STRING
};

static void check_operand(struct check *check, const struct rule *rule)
{
    enum field_kind kind =
        rule->is_path ? KIND_REFERENCE_PATH : operand_kinds[operands[rule->op]];
    const struct spec spec = {
        .name = "operand", .kind = kind, .minimum = -INFINITY, .maximum = INFINITY
    };

    check_value(check, QUERY_JSONPATH, &spec, rule->operand);
}

static void check_comparison(struct check *check, const struct rule *rule)
{
    const struct spec spec = { .name = "Variable", .kind = KIND_REFERENCE_PATH };

    check_operand(check, rule);
    if (rule->variable)
        check_value(check, QUERY_JSONPATH, &spec, rule->variable);
    else
        report(check, BREACH_MISSING_FIELD, rule->node, NULL,
               "a comparison must have a field `Variable`");
}

static bool is_boolean(enum rule_op op)
{
    return op == RULE_AND || op == RULE_OR || op == RULE_NOT;
}

static void report_unknown_operator(struct check *check, const struct node *member)
{
    struct nearest nearest;

    nearest_init(&nearest, member->key);
    for (int op = RULE_AND; op < RULE_COUNT; op++)
        nearest_try(&nearest, rule_op_name((enum rule_op)op));
    report_member(
        check, BREACH_UNKNOWN_FIELD, member, nearest_note(&nearest, check->arena),
        arena_printf(check->arena, "field `%s` is not supported in a Choice rule",
                     member->key));
}

static bool is_one_of(const struct node *member, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(member->key, *names) == 0)
            return true;
    return false;
}

/* A member of a rule that is no operator. */
static void check_plain_member(struct check *check, const struct rule *rule,
                               const struct node *member, bool nested)
{
    static const char *const outer[] = { "Next", "Assign", NULL };
    static const char *const jsonata[] = { "Condition", "Output", NULL };

    if (strcmp(member->key, "Comment") == 0)
        check_value(check, QUERY_JSONPATH,
                    &(struct spec){ .name = "Comment", .kind = KIND_STRING }, member);
    else if (is_one_of(member, jsonata))
        report_member(
            check, BREACH_LANGUAGE_FIELD, member, NULL,
            arena_printf(check->arena,
                         "the query language is JSONPath, but field `%s` is only "
                         "supported for JSONata",
                         member->key));
    else if (is_one_of(member, outer) && nested)
        report_member(check, BREACH_NESTED_FIELD, member, NULL,
                      arena_printf(check->arena,
                                   "`%s` may only stand in the outermost rule",
                                   member->key));
    else if (is_one_of(member, outer))
        check_value(
            check, QUERY_JSONPATH,
            &(struct spec){ .name = member->key,
                            .kind = member->key[0] == 'N' ? KIND_TARGET : KIND_ASSIGN },
            member);
    else if (strcmp(member->key, "Variable") != 0 || is_boolean(rule->op))
        report_unknown_operator(check, member);
}

/* Members of a JSONPath rule; false when it has no operator and nothing says why. */
static bool check_rule_members(struct check *check, const struct rule *rule,
                               bool nested)
{
    size_t operators = 0, before = check->diags->nerrors;

    for (struct node *one = node_child(rule->node); one; one = node_next(one)) {
        bool is_path;
        enum rule_op op = rule_op_find(one->key, one->key_len, &is_path);

        if (op == RULE_INVALID || op == RULE_CONDITION)
            check_plain_member(check, rule, one, nested);
        else
            operators++;
    }
    if (operators > 1)
        report(check, BREACH_TWO_OPERATORS, rule->node, NULL,
               "a Choice rule must have exactly one operator, found %zu", operators);
    return operators > 0 || before != check->diags->nerrors;
}

static void check_test(struct check *check, const struct rule *rule, bool nested);

static void check_children(struct check *check, const struct rule *rule)
{
    bool is_array = node_is_array(rule->operand);

    if (rule->operand->unfilled)
        return;
    if (rule->op != RULE_NOT && !is_array)
        check_mismatch(check, rule->operand, "an array of rules");
    else if (rule->op != RULE_NOT && rule->operand->count == 0)
        report(check, BREACH_EMPTY, rule->operand, NULL, "`%s` must not be empty",
               rule_op_name(rule->op));
    for (size_t i = 0; i < rule->nchildren; i++)
        check_test(check, &rule->children[i], true);
}

static void check_test(struct check *check, const struct rule *rule, bool nested)
{
    if (!node_is_object(rule->node)) {
        check_mismatch(check, rule->node, "a rule (an object)");
        return;
    }
    if (!check_rule_members(check, rule, nested))
        report(check, BREACH_NO_OPERATOR, rule->node, NULL,
               "this Choice rule has no operator");
    if (is_boolean(rule->op))
        check_children(check, rule);
    else if (rule->op != RULE_INVALID)
        check_comparison(check, rule);
    else if (rule->variable)
        check_value(check, QUERY_JSONPATH,
                    &(struct spec){ .name = "Variable", .kind = KIND_REFERENCE_PATH },
                    rule->variable);
    if (!nested && !rule->next.node)
        report(check, BREACH_MISSING_FIELD, rule->node, NULL,
               "a Choice rule must have a field `Next`");
}

void check_choice(struct check *check, const struct state *state)
{
    for (size_t i = 0; i < state->nrules; i++)
        if (state->language == QUERY_JSONATA)
            check_members(check, QUERY_JSONATA, condition_members,
                          COUNT_OF(condition_members), state->rules[i].node,
                          "a JSONata Choice rule");
        else
            check_test(check, &state->rules[i], false);
}

/* ---- Map ---------------------------------------------------------------------- */

static void check_excluded(struct check *check, const struct node *object,
                           const char *one, const char *other)
{
    if (node_member(object, one) && node_member(object, other))
        report(check, BREACH_EXCLUSIVE_FIELDS, object, NULL,
               "`%s` and `%s` exclude each other", one, other);
}

static void check_reader_config(struct check *check, const struct state *state,
                                const struct node *config)
{
    check_members(check, state->language, reader_config_members,
                  COUNT_OF(reader_config_members), config, "a ReaderConfig");
    check_excluded(check, config, "MaxItems", "MaxItemsPath");
    if (node_equals(node_member(config, "CSVHeaderLocation"), "GIVEN") &&
        !node_member(config, "CSVHeaders"))
        report(check, BREACH_READER, config, NULL,
               "`CSVHeaderLocation` is GIVEN, but there are no `CSVHeaders`");
    if (node_equals(node_member(config, "InputType"), "CSV") &&
        !node_member(config, "CSVHeaderLocation"))
        report(check, BREACH_READER, config, NULL,
               "`CSVHeaderLocation` is required for InputType CSV");
}

/* Does the Resource end in that action? */
static bool has_action(const struct node *reader, const char *action)
{
    const struct node *resource = node_member(reader, "Resource");
    size_t len = strlen(action);

    return node_is_string(resource) && resource->len > len &&
           memcmp(resource->text + resource->len - len, action, len) == 0;
}

static void check_reader(struct check *check, const struct state *state,
                         const struct node *reader)
{
    const struct node *config = node_member(reader, "ReaderConfig");

    check_members(check, state->language, reader_members, COUNT_OF(reader_members),
                  reader, "an ItemReader");
    if (has_action(reader, ":s3:getObject") && !(config && config->unfilled) &&
        !node_member(config, "InputType") && !node_member(config, "ManifestType"))
        report(check, BREACH_READER, config ? config : reader, NULL,
               "`ReaderConfig` must say the `InputType` of the object");
    if (node_is_object(config))
        check_reader_config(check, state, config);
}

static void check_batcher(struct check *check, const struct state *state,
                          const struct node *batcher)
{
    check_members(check, state->language, batcher_members, COUNT_OF(batcher_members),
                  batcher, "an ItemBatcher");
    check_excluded(check, batcher, "MaxItemsPerBatch", "MaxItemsPerBatchPath");
    check_excluded(check, batcher, "MaxInputBytesPerBatch",
                   "MaxInputBytesPerBatchPath");
    for (size_t i = 0; i < 4; i++)
        if (node_member(batcher, batcher_members[i].name))
            return;
    report(check, BREACH_MISSING_FIELD, batcher, NULL,
           "an ItemBatcher must have `MaxItemsPerBatch` or `MaxInputBytesPerBatch`");
}

static void check_writer_config(struct check *check, const struct state *state,
                                const struct node *config)
{
    check_members(check, state->language, writer_config_members,
                  COUNT_OF(writer_config_members), config, "a WriterConfig");
    for (size_t i = 0; i < COUNT_OF(writer_config_members); i++)
        if (!node_member(config, writer_config_members[i].name))
            report(check, BREACH_WRITER, config, NULL,
                   "a WriterConfig should have `%s`", writer_config_members[i].name);
}

static void check_writer(struct check *check, const struct state *state,
                         const struct node *writer)
{
    const struct node *config = node_member(writer, "WriterConfig");
    const char *place = state->language == QUERY_JSONATA ? "Arguments" : "Parameters";

    check_members(check, state->language, writer_members, COUNT_OF(writer_members),
                  writer, "a ResultWriter");
    if (writer->count == 0)
        report(check, BREACH_EMPTY, writer, NULL,
               "a ResultWriter must have `Resource` or `WriterConfig`");
    if ((node_member(writer, "Resource") != NULL) !=
        (node_member(writer, place) != NULL))
        report(check, BREACH_MISSING_FIELD, writer, NULL,
               "a ResultWriter has both `Resource` and `%s`, or neither", place);
    if (node_is_object(config))
        check_writer_config(check, state, config);
}

static void check_processor_config(struct check *check, const struct state *state)
{
    const struct node *config = node_member(state->processor->node, "ProcessorConfig");
    const struct node *type = node_member(config, "ExecutionType");

    if (!node_is_object(config))
        return;
    check_members(check, state->language, config_members, COUNT_OF(config_members),
                  config, "a ProcessorConfig");
    if (node_equals(node_member(config, "Mode"), "DISTRIBUTED") && !type)
        report(check, BREACH_MISSING_FIELD, config, NULL,
               "`ExecutionType` is required with Mode DISTRIBUTED");
    else if (type && !state->distributed)
        report(check, BREACH_DISTRIBUTED, type, NULL,
               "`ExecutionType` needs Mode DISTRIBUTED");
}

/* Fields that only a Distributed Map has. */
static void check_distributed(struct check *check, const struct state *state)
{
    static const enum field_id needs[] = { FIELD_ITEM_READER, FIELD_ITEM_BATCHER,
                                           FIELD_RESULT_WRITER };
    static const enum field_id idle[] = {
        FIELD_TOLERATED_COUNT, FIELD_TOLERATED_COUNT_PATH, FIELD_TOLERATED_PERCENTAGE,
        FIELD_TOLERATED_PERCENTAGE_PATH, FIELD_LABEL
    };

    if (state->distributed || !state->processor)
        return;
    for (size_t i = 0; i < COUNT_OF(needs); i++)
        if (state->field[needs[i]])
            report_member(
                check, BREACH_DISTRIBUTED, state->field[needs[i]], NULL,
                arena_printf(check->arena,
                             "`%s` needs Mode DISTRIBUTED in the ProcessorConfig",
                             field_name(needs[i])));
    for (size_t i = 0; i < COUNT_OF(idle); i++)
        if (state->field[idle[i]])
            report_member(check, BREACH_INLINE, state->field[idle[i]], NULL,
                          arena_printf(check->arena,
                                       "`%s` has no effect without Mode DISTRIBUTED",
                                       field_name(idle[i])));
}

void check_map(struct check *check, const struct state *state)
{
    if (state->processor)
        check_processor_config(check, state);
    check_distributed(check, state);
    if (node_is_object(state->field[FIELD_ITEM_READER]))
        check_reader(check, state, state->field[FIELD_ITEM_READER]);
    if (node_is_object(state->field[FIELD_ITEM_BATCHER]))
        check_batcher(check, state, state->field[FIELD_ITEM_BATCHER]);
    if (node_is_object(state->field[FIELD_RESULT_WRITER]))
        check_writer(check, state, state->field[FIELD_RESULT_WRITER]);
}

/* ---- scopes ------------------------------------------------------------------- */

void check_scope_members(struct check *check, const struct scope *scope)
{
    enum query_language language = check->machine->language;

    switch (scope->kind) {
    case SCOPE_MACHINE:
        check_members(check, language, machine_members, COUNT_OF(machine_members),
                      scope->node, "a state machine");
        break;
    case SCOPE_BRANCH:
        check_members(check, language, branch_members, COUNT_OF(branch_members),
                      scope->node, "a branch");
        break;
    case SCOPE_PROCESSOR:
        check_members(check, language, processor_members, COUNT_OF(processor_members),
                      scope->node, "an item processor");
        break;
    }
    if (node_is_object(scope->states_node) && scope->nstates == 0)
        report(check, BREACH_EMPTY, scope->states_node, NULL,
               "`States` must not be empty");
}
