// A headless Chromium that is driven over its debugging pipe: opens a report, waits until its script is done, and tells how long
// that took, what the page asked the network for, and what it complained about. Needs node and chromium, nothing from npm.
//
//   node bench/report/browser.mjs REPORT.html [--dark] [--select CSS] [--screenshot OUT.png] [--run JAVASCRIPT] [--width N]
//
// Prints one line of JSON. --screenshot takes the page, or the first element that --select names.
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';

const {values: options, positionals} = parseArgs({allowPositionals: true, options: {
  dark: {type: 'boolean'}, select: {type: 'string'}, screenshot: {type: 'string'}, run: {type: 'string'},
  width: {type: 'string', default: '1240'}, print: {type: 'string'}}});
const isUrl = positionals[0].startsWith('http:');
const url = isUrl ? positionals[0] : 'file://' + resolve(positionals[0]);
const profile = mkdtempSync(join(tmpdir(), 'assay-browser-'));
const browser = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe',
  '--no-first-run', '--user-data-dir=' + profile, '--window-size=' + options.width + ',1400', 'about:blank'],
  {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']});

let nextId = 1, pending = '';
const waiting = new Map(), requests = [], complaints = [];
browser.stdio[4].on('data', (data) => {
  const parts = (pending + data).split('\0');
  pending = parts.pop();
  for (const part of parts) {
    const message = JSON.parse(part);
    if (message.id) waiting.get(message.id)(message);
    if (message.method === 'Network.requestWillBeSent') requests.push(message.params.request.url);
    if (message.method === 'Runtime.exceptionThrown') complaints.push(message.params.exceptionDetails.text);
    if (message.method === 'Runtime.consoleAPICalled') complaints.push(JSON.stringify(message.params.args));
    if (message.method === 'Log.entryAdded') complaints.push(message.params.entry.text);
  }
});
let session;
function call(method, params = {}) {
  const id = nextId++;
  browser.stdio[3].write(JSON.stringify({id, method, params, sessionId: session}) + '\0');
  return new Promise((done, fail) => waiting.set(id, (message) => {
    if (message.error) fail(new Error(method + ': ' + message.error.message)); else done(message.result);
  }));
}
async function evaluate(expression) {
  const answer = await call('Runtime.evaluate', {expression, awaitPromise: true, returnByValue: true});
  if (answer.exceptionDetails) throw new Error(expression + ': ' + JSON.stringify(answer.exceptionDetails));
  return answer.result.value;
}

const {targetInfos} = await call('Target.getTargets');
const page = targetInfos.find((target) => target.type === 'page');
session = (await call('Target.attachToTarget', {targetId: page.targetId, flatten: true})).sessionId;
for (const domain of ['Network', 'Runtime', 'Log', 'Page']) await call(domain + '.enable');
await call('Emulation.setEmulatedMedia', {media: options.print ? 'print' : '',
  features: [{name: 'prefers-color-scheme', value: options.dark ? 'dark' : 'light'}]});
const began = performance.now();
await call('Page.navigate', {url});
const ready = 'document.readyState === "complete" && (!document.getElementById("facts") || ' +
    'document.documentElement.dataset.ready === "yes")';
while (!await evaluate(ready)) await new Promise((done) => setTimeout(done, 5));
await evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
const opened = performance.now() - began;
const value = options.run ? await evaluate(options.run) : undefined;
const memory = await evaluate('performance.memory ? performance.memory.usedJSHeapSize : 0');
if (options.screenshot) {
  const of = options.select ? `document.querySelector(${JSON.stringify(options.select)})` : 'document.documentElement';
  const box = await evaluate(`(() => { const box = ${of}.getBoundingClientRect();
    return {x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height}; })()`);
  const shot = await call('Page.captureScreenshot', {captureBeyondViewport: true, clip: {...box, scale: 1}});
  writeFileSync(options.screenshot, Buffer.from(shot.data, 'base64'));
}
console.log(JSON.stringify({file_bytes: isUrl ? 0 : statSync(positionals[0]).size, opened_ms: Math.round(opened), heap_bytes: memory,
  requests: requests.filter((request) => request !== url), complaints, value}));
await call('Browser.close');
await new Promise((done) => browser.once('exit', done));
rmSync(profile, {recursive: true, force: true});
