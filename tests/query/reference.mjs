/* Evaluates expressions with npm's jsonata, from the folder in the first argument whose
 * node_modules has it.
 *
 * Standard input has a line of JSON for each evaluation, {"expression": text, "input": value,
 * "bindings": {...}}; standard output gets one for each, as
 * tests/conformance/jsonata_driver.c writes them.  "odd" lists what rules.py has to know: what
 * JSON has no word for ("undefined", "function", "number", "cycle" within a result) and what
 * happened on the way ("undefined kept", "function as object", "function as update",
 * "mark as member", "rows as items", "rounding", "wide base64", "early year"). */
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { writeSync } from 'node:fs';
import { join } from 'node:path';

const jsonata = createRequire(join(process.argv[2], 'x.js'))('jsonata');
let events = new Set(), has_rows = false;

function is_function(value) {
    return typeof value === 'function' ||
        (typeof value === 'object' && value !== null && (value._jsonata_lambda === true ||
            value._jsonata_function === true));
}

/* Whether the function NAME called the caller, itself or in a forEach(). */
function is_called_by(name) {
    const frames = new Error().stack.split('\n    at ').slice(3);
    const at = /forEach/.test(frames[1]) ? 2 : 0;
    return new RegExp(`^(async )?(\\w+\\.)?${name} `).test(frames[at] ?? '');
}

/* The items of an array or object are evaluated side by side, and which of two errors is the
 * first depends on how long each takes.  Let it be the first item's. */
Promise.all = async function (list) {
    const settled = await Promise.allSettled(list);
    const failed = settled.find(each => each.status === 'rejected');
    if (failed)
        throw failed.reason;
    return settled.map(each => each.value);
};

/* A predicate that is true of undefined keeps it as an item; a group puts it into an empty
 * array, even one of the document. */
const push = Array.prototype.push;
Array.prototype.push = function (...items) {
    if (items.length === 1 && items[0] === undefined &&
        (is_called_by('evaluateFilter') || is_called_by('evaluateGroupExpression')))
        events.add('undefined kept');
    return push.apply(this, items);
};

/* The cast to boolean, `*` and `**` take some functions for objects.  `*` finds the marks of a
 * sequence among its items. */
const keys = Object.keys, is_array = Array.isArray;
Object.keys = function (value) {
    if (is_function(value))
        events.add('function as object');
    else if (is_array(value) && value.sequence && is_called_by('evaluateWildcard'))
        events.add('mark as member');
    return keys(value);
};

/* A transform takes some functions for the object of its updates.  Rows that have been sorted
 * are items to a group or predicate. */
function is_row(value) {
    return typeof value === 'object' && value !== null && '@' in value;
}

Array.isArray = function (value) {
    if (is_array(value)) {
        if (has_rows && !value.tupleStream && is_row(value[0]) &&
            (is_called_by('evaluateGroupExpression') || is_called_by('evaluateFilter')))
            events.add('rows as items');
    } else if (typeof value === 'object' && is_function(value) && is_called_by('transformer')) {
        events.add('function as update');
    }
    return is_array(value);
};

/* Rounding at 2.5 places, or more than there are, makes NaN. */
const round = Math.round;
Math.round = function (value) {
    if (!Number.isFinite(value))
        events.add('rounding');
    return round(value);
};

/* Of what is beyond Latin-1 in base64, Node takes the low bytes. */
const from = Buffer.from;
Buffer.from = function (text, encoding, ...more) {
    if (encoding === 'base64' && /[^\0-\xff]/.test(text))
        events.add('wide base64');
    return from(text, encoding, ...more);
};

/* The years 0 to 99 are those of 1900. */
const utc = Date.UTC;
Date.UTC = function (year, ...more) {
    if (year >= 0 && year < 100)
        events.add('early year');
    return utc(year, ...more);
};

/* VALUE as JSON can say it. */
function plain(value, above) {
    if (value === undefined) {
        events.add('undefined');
        return null;
    }
    if (is_function(value)) {
        events.add('function');
        return '';
    }
    if (typeof value === 'number' && !Number.isFinite(value)) {
        events.add('number');
        return null;
    }
    if (typeof value !== 'object' || value === null)
        return value;
    if (above.includes(value)) {
        events.add('cycle');
        return null;
    }
    const inner = [...above, value];
    if (Array.isArray(value))
        return Array.from(value, item => plain(item, inner));
    return Object.fromEntries(Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => [name, plain(member, inner)]));
}

function outcome(value) {
    if (value === undefined)
        return { undefined: true };
    return is_function(value) ? { function: true } : { result: plain(value, []) };
}

function failure(error) {
    return { error: { code: error.code ?? '', message: String(error.message) } };
}

async function evaluate(request) {
    events = new Set();
    has_rows = /[@#%].*[[{]/s.test(request.expression);
    try {
        return outcome(await jsonata(request.expression).evaluate(request.input,
            request.bindings));
    } catch (error) {
        return failure(error);
    }
}

for await (const line of createInterface({ input: process.stdin })) {
    const answer = await evaluate(JSON.parse(line));
    if (events.size)
        answer.odd = [...events];
    writeSync(1, JSON.stringify(answer) + '\n');
}
