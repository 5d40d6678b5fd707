// Ties the page together: one cursor for all charts, what was measured under it, and links from operations into the timeline.

class Cursor {
  constructor(facts) {
    this.facts = facts;
    this.charts = [...document.querySelectorAll('svg.over-time')];
    this.lines = [...document.querySelectorAll('svg.over-time .cursor')];
    this.readouts = [...document.querySelectorAll('.readout')];
    this.timeline = null;
    for (const chart of this.charts) {
      chart.addEventListener('pointermove', (event) => this.set(this.timeOn(chart, event)));
      chart.addEventListener('click', (event) => this.open(this.timeOn(chart, event)));
    }
  }

  timeOn(chart, event) {
    const box = chart.getBoundingClientRect(), frame = this.facts.frame;
    const x = (event.clientX - box.left) / box.width * frame.width;
    const share = (x - frame.left) / (frame.right - frame.left);
    return Math.min(Math.max(share, 0), 1) * this.facts.end;
  }

  set(time) {
    const frame = this.facts.frame;
    const x = (frame.left + time / this.facts.end * (frame.right - frame.left)).toFixed(1);
    for (const line of this.lines) {
      line.setAttribute('x1', x);
      line.setAttribute('x2', x);
      line.classList.add('on');
    }
    for (const readout of this.readouts) {
      readout.hidden = false;
      readout.textContent = this.words(time);
    }
    if (this.timeline !== null) this.timeline.cursor(time);
  }

  words(time) {
    const slices = this.facts.slices, width = this.facts.end / slices.length;
    const at = Math.min(slices.length - 1, Math.max(0, Math.floor(time / width)));
    const [ok, fail, info, p50, p90, max, inFlight, lag] = slices[at];
    const rate = (count) => thousands(count / (width / kTicksPerSecond));
    let out = moment(time) + ' · ' + rate(ok) + ' ok/s';
    if (fail + info > 0) out += ', ' + rate(fail) + ' fail/s, ' + rate(info) + ' info/s';
    if (p50 >= 0) out += ' · median ' + duration(p50);
    if (p90 >= 0) out += ', p90 ' + duration(p90);
    if (max >= 0) out += ', longest ' + duration(max);
    out += ' · ' + inFlight + ' in flight';
    if (lag > 0) out += ' · ' + duration(lag) + ' behind';
    for (const fault of this.facts.faults) {
      if (fault.begin <= time && time <= fault.end) out += ' · ' + fault.name + ' ' + fault.nodes;
    }
    return out;
  }

  open(time) {
    if (this.timeline === null) return;
    const width = Math.max(this.facts.end / this.facts.slices.length, 1000);
    this.timeline.show(time - width, time + width);
    document.getElementById('timeline').scrollIntoView();
  }
}

async function start() {
  const facts = JSON.parse(document.getElementById('facts').textContent);
  const cursor = new Cursor(facts);
  const columns = document.getElementById('columns');
  if (columns !== null) {
    const operations = new Operations(await inflate(columns.textContent), facts.columns);
    document.documentElement.classList.add('scripted');
    cursor.timeline = new Timeline(document.querySelector('.live'), facts, operations, (time) => cursor.set(time));
    for (const link of document.querySelectorAll('a[data-operation]')) {
      link.addEventListener('click', () => cursor.timeline.showOperation(Number(link.dataset.operation)));
    }
  }
  document.documentElement.dataset.ready = 'yes';
}

start();
