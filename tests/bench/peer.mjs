// A work load in aws-local-stepfunctions: `peer.mjs FOLDER DEFINITION INPUT RUNS`.  The
// first line of output is what the workflow gives, the second the median time of RUNS runs
// in seconds.  FOLDER is where npm has installed the package.  W3's tasks are here.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [folder, definition, input, runs] = process.argv.slice(2);
const { StateMachine } = createRequire(`${folder}/package.json`)('aws-local-stepfunctions');

class TaskError extends Error {
  constructor(name, cause) {
    super(cause);
    this.name = name;
  }
}

let payments = 0;
const handlers = {
  Check: (task) => {
    if (task.lines !== 10) throw new TaskError('Wrong', 'lines');
    return { good: true, rules: 3, unused: 'is dropped' };
  },
  'Look up': (task) => ({ id: task.id, class: 'first', mail: 'c-5@example.org' }),
  Price: ({ number, line, class: rank }) => ({
    article: line.article, sum: line.count * line.each, class: rank, number,
  }),
  Pay: () => {
    if (payments++ % 2 === 0) throw new TaskError('Busy', 'once more');
    return { id: 'p-1', amount: 100 };
  },
  Take: () => { throw new TaskError('SoldOut', 'none left'); },
  Tell: () => ({ told: true }),
};

const machine = new StateMachine(JSON.parse(readFileSync(definition, 'utf8')),
                                 { validationOptions: { noValidate: true } });
const document = JSON.parse(readFileSync(input, 'utf8'));
const overrides = {
  taskResourceLocalHandlers: handlers,
  retryIntervalOverrides: { Pay: 0 },
};
const times = [];
let result;
for (let i = 0; i < Number(runs); i++) {
  const start = process.hrtime.bigint();
  result = await machine.run(document, { overrides }).result;
  times.push(Number(process.hrtime.bigint() - start) / 1e9);
}
times.sort((a, b) => a - b);
console.log(JSON.stringify(result));
console.log(times[Math.floor(times.length / 2)]);
