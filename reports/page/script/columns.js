// Unpacks the operations that the page carries (reports/page/columns.h says how they are laid out). Times are in ticks
// of 100 ns; an operation that never completed has the completion Infinity.

async function inflate(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

class Operations {
  constructor(bytes, about) {
    this.bytes = bytes;
    this.at = 0;
    this.first = about.first;
    this.count = about.count;
    this.kinds = about.kinds;
    this.invoked = new Float64Array(about.count);
    let time = 0;
    this.read((i, number) => this.invoked[i] = time += number);
    this.completed = new Float64Array(about.count);
    this.read((i, number) => this.completed[i] = number === 0 ? Infinity : this.invoked[i] + number - 1);
    this.lag = new Float64Array(about.count);
    this.read((i, number) => this.lag[i] = number);
    this.process = new Uint32Array(about.count);
    this.read((i, number) => this.process[i] = number);
    this.lane = new Uint16Array(about.count);
    this.read((i, number) => this.lane[i] = number);
    this.node = new Int16Array(about.count);
    this.read((i, number) => this.node[i] = number - 1);
    this.what = new Uint8Array(about.count);
    this.read((i, number) => this.what[i] = number);
    this.point = new Float64Array(about.count);
    this.read((i, number) => this.point[i] = number === 0 ? -1 : this.invoked[i] + number - 1);
    this.hasTexts = about.texts;
    this.byLane(about.lanes);
  }

  read(take) {
    const bytes = this.bytes;
    let at = this.at;
    for (let i = 0; i < this.count; i++) {
      let byte = bytes[at++], number = byte & 127, scale = 128;
      while (byte & 128) {
        byte = bytes[at++];
        number += (byte & 127) * scale;
        scale *= 128;
      }
      take(i, number);
    }
    this.at = at;
  }

  // The operations of lane l are order[starts[l]] to order[starts[l + 1] - 1], by invocation.
  byLane(lanes) {
    this.starts = new Uint32Array(lanes + 1);
    for (let i = 0; i < this.count; i++) this.starts[this.lane[i] + 1]++;
    for (let l = 0; l < lanes; l++) this.starts[l + 1] += this.starts[l];
    const next = this.starts.slice();
    this.order = new Uint32Array(this.count);
    for (let i = 0; i < this.count; i++) this.order[next[this.lane[i]]++] = i;
  }

  outcome(i) { return this.what[i] & 3; }

  // Where the bar of the operation at place k of its lane ends: an open one is drawn until the lane's next.
  barEnd(k, laneEnd) {
    const i = this.order[k];
    if (this.completed[i] !== Infinity) return this.completed[i];
    return k + 1 < laneEnd ? this.invoked[this.order[k + 1]] : Infinity;
  }

  // The first place in the lane whose bar may reach `time`.
  placeAt(lane, time) {
    let low = this.starts[lane], high = this.starts[lane + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.invoked[this.order[middle]] < time) low = middle + 1; else high = middle;
    }
    return Math.max(this.starts[lane], low - 1);
  }

  text(i) {
    if (!this.hasTexts) return this.kinds[this.what[i] >> 2];
    if (!this.lines) this.lines = new TextDecoder().decode(this.bytes.subarray(this.at)).split('\n');
    return this.lines[i];
  }
}
