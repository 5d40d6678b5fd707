// The timeline: a lane per process, drawn on a canvas from the page's columns, from the whole run down to one operation.

const kAxis = 26, kLeft = 60, kRight = 14;

class Timeline {
  constructor(root, facts, operations, onCursor) {
    this.facts = facts;
    this.ops = operations;
    this.onCursor = onCursor;
    this.canvas = root.querySelector('canvas');
    this.hair = root.querySelector('.hair');
    this.tip = root.querySelector('.tip');
    this.witness = new Map();
    this.chosen = -1;
    this.lanes = operations.starts.length - 1;
    this.laneHeight = Math.max(3, Math.min(20, Math.floor(560 / Math.max(1, this.lanes))));
    this.top = facts.faults.length > 0 ? 22 : 6;
    this.height = this.top + this.lanes * this.laneHeight + kAxis;
    this.buttons(root.querySelector('.tools'));
    if (facts.findings.length > 0) this.showFinding(0); else this.showAll();
    this.listen();
  }

  buttons(tools) {
    const add = (text, action) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = text;
      button.addEventListener('click', action);
      tools.append(button);
    };
    this.facts.findings.forEach((finding, i) => add('Anomaly ' + (i + 1), () => this.showFinding(i)));
    add('Whole run', () => this.showAll());
    add('Zoom in', () => this.zoom(0.4));
    add('Zoom out', () => this.zoom(2.5));
    add('Earlier', () => this.pan(-0.5));
    add('Later', () => this.pan(0.5));
  }

  listen() {
    let drag = null;
    const canvas = this.canvas;
    canvas.addEventListener('pointerdown', (event) => {
      drag = {x: event.clientX, begin: this.begin, end: this.end};
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointerup', () => drag = null);
    canvas.addEventListener('pointermove', (event) => {
      const box = canvas.getBoundingClientRect();
      if (drag !== null && event.buttons !== 0) {
        const moved = (drag.x - event.clientX) / this.plotWidth() * (drag.end - drag.begin);
        this.show(drag.begin + moved, drag.end + moved);
      }
      this.hover(event.clientX - box.left, event.clientY - box.top);
    });
    canvas.addEventListener('dblclick', (event) => {
      const box = canvas.getBoundingClientRect();
      this.zoom(0.3, this.timeAt(event.clientX - box.left));
    });
    canvas.addEventListener('wheel', (event) => {
      if (!event.ctrlKey && !event.shiftKey) return;  // else the page scrolls as it should
      event.preventDefault();
      const box = canvas.getBoundingClientRect();
      this.zoom((event.deltaY || event.deltaX) > 0 ? 1.4 : 0.7, this.timeAt(event.clientX - box.left));
    }, {passive: false});
    canvas.addEventListener('keydown', (event) => {
      const action = {'+': () => this.zoom(0.5), '-': () => this.zoom(2), 'ArrowLeft': () => this.pan(-0.2),
        'ArrowRight': () => this.pan(0.2), 'Home': () => this.showAll()}[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    });
    new ResizeObserver(() => {
      if (this.canvas.parentElement.clientWidth !== this.width) this.draw();
    }).observe(canvas.parentElement);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  show(begin, end) {
    const length = Math.min(Math.max(end - begin, 10), this.facts.end * 1.02);
    const middle = (begin + end) / 2;
    this.begin = Math.max(-this.facts.end * 0.01, Math.min(middle - length / 2, this.facts.end * 1.01 - length));
    this.end = this.begin + length;
    this.draw();
  }

  showAll() { this.show(0, this.facts.end); }

  zoom(factor, at) {
    const around = at === undefined ? (this.begin + this.end) / 2 : at;
    this.show(around - (around - this.begin) * factor, around + (this.end - around) * factor);
  }

  pan(share) {
    const by = (this.end - this.begin) * share;
    this.show(this.begin + by, this.end + by);
  }

  showFinding(number) {
    const inPage = (id) => id >= this.ops.first && id < this.ops.first + this.ops.count;
    const ids = this.facts.findings[number].witness.filter(inPage).map((id) => id - this.ops.first);
    this.witness = new Map(ids.map((i, place) => [i, place + 1]));
    if (ids.length === 0) return this.showAll();
    const begin = Math.min(...ids.map((i) => this.ops.invoked[i]));
    const ends = ids.map((i) => this.ops.completed[i]).filter((time) => time !== Infinity);
    const end = Math.max(begin + 1000, ...ends);
    this.show(begin - (end - begin) * 0.4, end + (end - begin) * 0.4);
  }

  showOperation(id) {
    const i = id - this.ops.first;
    if (i < 0 || i >= this.ops.count) return;
    this.chosen = i;
    const end = this.ops.completed[i] === Infinity ? this.ops.invoked[i] + 1e5 : this.ops.completed[i];
    const span = Math.max(end - this.ops.invoked[i], 1000) * 3;
    this.show(this.ops.invoked[i] - span, end + span);
    this.say(i);
  }

  plotWidth() { return this.width - kLeft - kRight; }
  x(time) { return kLeft + (time - this.begin) / (this.end - this.begin) * this.plotWidth(); }
  timeAt(x) { return this.begin + (x - kLeft) / this.plotWidth() * (this.end - this.begin); }

  draw() {
    this.width = this.canvas.parentElement.clientWidth;
    if (this.width === 0) return;
    const scale = window.devicePixelRatio || 1;
    this.canvas.width = this.width * scale;
    this.canvas.height = this.height * scale;
    this.canvas.style.height = this.height + 'px';
    const pen = this.canvas.getContext('2d');
    pen.scale(scale, scale);
    pen.font = '11.5px system-ui, "Liberation Sans", "DejaVu Sans", sans-serif';
    const style = getComputedStyle(document.documentElement);
    this.colour = (name) => style.getPropertyValue('--' + name).trim();
    this.drawFaults(pen);
    for (let lane = 0; lane < this.lanes; lane++) this.drawLane(pen, lane);
    this.drawAxis(pen);
  }

  drawFaults(pen) {
    const bottom = this.height - kAxis;
    let free = 0;
    for (const fault of this.facts.faults) {
      if (fault.begin > this.end || fault.end < this.begin) continue;
      const left = Math.max(kLeft, this.x(fault.begin)), right = Math.min(this.width - kRight, this.x(fault.end));
      pen.fillStyle = this.colour('band');
      pen.fillRect(left, 0, Math.max(1.5, right - left), bottom);
      const label = fault.name + ' ' + fault.nodes;
      if (left < free || left + pen.measureText(label).width > this.width) continue;
      pen.fillStyle = this.colour('soft');
      pen.fillText(label, left + 4, 14);
      free = left + pen.measureText(label).width + 14;
    }
  }

  drawLane(pen, lane) {
    const ops = this.ops, laneEnd = ops.starts[lane + 1], y = this.top + lane * this.laneHeight;
    const tall = this.laneHeight > 8 ? this.laneHeight - 4 : this.laneHeight - 1;
    const colours = kOutcomes.map((name) => this.colour(name));
    const drawn = [-1, -1, -1];  // the last pixel that has a bar, by outcome
    const edge = this.width - kRight;
    if (this.laneHeight >= 11) {
      pen.fillStyle = this.colour('rule');
      pen.fillRect(kLeft, y + this.laneHeight - 1, edge - kLeft, 1);
    }
    let first = -1;
    for (let k = ops.placeAt(lane, this.begin); k < laneEnd; k++) {
      const i = ops.order[k];
      if (ops.invoked[i] > this.end) break;
      const until = ops.barEnd(k, laneEnd);
      if (until < this.begin) continue;
      if (first < 0) first = i;
      const outcome = ops.what[i] & 3;
      const left = Math.max(kLeft, this.x(ops.invoked[i])), right = Math.min(edge, this.x(until));
      const marked = this.witness.has(i) || i === this.chosen;
      if (!marked && right <= drawn[outcome] + 0.3) continue;
      pen.fillStyle = colours[outcome];
      pen.globalAlpha = ops.completed[i] === Infinity ? 0.4 : 1;
      const from = Math.max(left, marked ? left : drawn[outcome]);
      const width = Math.max(1, right - from - (right - from > 4 ? 1 : 0));
      pen.fillRect(from, y + 1, width, tall);
      pen.globalAlpha = 1;
      drawn[outcome] = from + width;
      if (right - left > 5 || marked) this.drawDetails(pen, i, left, right, y, tall);
    }
    if (this.laneHeight >= 11 && first >= 0) {
      pen.fillStyle = this.colour('faint');
      pen.textAlign = 'right';
      pen.fillText(String(ops.process[first]), kLeft - 8, y + tall - 1);
      pen.textAlign = 'left';
    }
  }

  drawDetails(pen, i, left, right, y, tall) {
    const place = this.witness.get(i);
    if (place !== undefined || i === this.chosen) {
      pen.strokeStyle = this.colour(place !== undefined ? 'invalid' : 'ink');
      pen.lineWidth = 2.5;
      pen.strokeRect(left - 1, y, Math.max(3, right - left) + 1, tall + 2);
    }
    if (tall >= 10 && right - left > 34) {
      pen.save();
      pen.beginPath();
      pen.rect(left, y, right - left - 3, this.laneHeight);
      pen.clip();
      pen.fillStyle = this.colour(this.ops.completed[i] === Infinity ? 'ink' : 'card');
      pen.fillText((place === undefined ? '' : place + ' · ') + this.ops.text(i), left + 5, y + tall - 2);
      pen.restore();
    }
    if (place !== undefined && right - left <= 34) {
      pen.fillStyle = this.colour('invalid');
      pen.fillText(String(place), right + 4, y + tall - 1);
    }
    const point = this.ops.point[i];
    if (point < 0 || right - left < 12) return;
    const x = this.x(point);
    if (x < kLeft || x > this.width - kRight) return;
    pen.fillStyle = this.colour('card');
    pen.strokeStyle = this.colour('ink');
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.arc(x, y + 1 + tall / 2, Math.min(3.5, tall / 3), 0, 2 * Math.PI);
    pen.fill();
    pen.stroke();
  }

  drawAxis(pen) {
    const y = this.height - kAxis;
    pen.fillStyle = this.colour('faint');
    pen.fillRect(kLeft, y, this.plotWidth(), 1);
    const step = niceStep((this.end - this.begin) / kTicksPerSecond, 9) * kTicksPerSecond;
    const digits = Math.max(0, Math.ceil(-Math.log10(step / kTicksPerSecond) - 1e-9));
    pen.textAlign = 'center';
    for (let n = Math.ceil(this.begin / step); n * step <= this.end; n++) {
      pen.fillRect(this.x(n * step), y, 1, 5);
      pen.fillText(moment(n * step, digits), this.x(n * step), y + 19);
    }
    pen.textAlign = 'left';
  }

  hover(x, y) {
    const time = this.timeAt(x);
    this.onCursor(time);
    const lane = Math.floor((y - this.top) / this.laneHeight);
    if (lane < 0 || lane >= this.lanes) return;
    const reach = (this.end - this.begin) / this.plotWidth() * 3, laneEnd = this.ops.starts[lane + 1];
    for (let k = this.ops.placeAt(lane, time - reach); k < laneEnd; k++) {
      if (this.ops.invoked[this.ops.order[k]] > time + reach) return;
      if (this.ops.barEnd(k, laneEnd) >= time - reach) return this.say(this.ops.order[k]);
    }
  }

  say(i) {
    const ops = this.ops, outcome = kOutcomes[ops.outcome(i)];
    const node = ops.node[i] < 0 ? '' : ' on ' + this.facts.nodes[ops.node[i]];
    const took = ops.completed[i] === Infinity ? 'never completed'
                                               : 'took ' + duration(ops.completed[i] - ops.invoked[i]);
    const lag = ops.lag[i] > 0 ? ', ' + duration(ops.lag[i]) + ' after it was due' : '';
    this.tip.textContent = '#' + (ops.first + i) + '  process ' + ops.process[i] + node + ': ' + ops.text(i) + ' → ' +
        outcome + ', sent at ' + moment(ops.invoked[i], 6) + lag + ', ' + took;
  }

  cursor(time) {
    this.hair.hidden = time < this.begin || time > this.end;
    this.hair.style.left = this.x(time) + 'px';
  }
}
