// Expressions in jsonata: `peer_jsonata.mjs FOLDER EXPRESSIONS INPUT RUNS`.  Two lines for each
// expression: its answer, and the median time of RUNS evaluations in seconds; it is compiled
// before, and evaluated as often without being timed.  FOLDER is where npm has installed the
// package.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [folder, expressions, input, runs] = process.argv.slice(2);
const jsonata = createRequire(`${folder}/package.json`)('jsonata');
const document = JSON.parse(readFileSync(input, 'utf8'));

async function timeOf(compiled) {
  const start = process.hrtime.bigint();
  await compiled.evaluate(document);
  return Number(process.hrtime.bigint() - start) / 1e9;
}

for (const expression of JSON.parse(readFileSync(expressions, 'utf8'))) {
  const compiled = jsonata(expression);
  const times = [];
  console.log(JSON.stringify(await compiled.evaluate(document)));
  for (let i = 0; i < Number(runs); i++) await timeOf(compiled);
  for (let i = 0; i < Number(runs); i++) times.push(await timeOf(compiled));
  times.sort((a, b) => a - b);
  console.log(times[Math.floor(times.length / 2)]);
}
