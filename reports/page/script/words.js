// How the page says times and numbers, as its C++ side does (reports/common/words.h).

const kTicksPerSecond = 1e7;
const kOutcomes = ['ok', 'fail', 'info'];

function duration(ticks) {
  const nanos = ticks * 100;
  if (nanos < 1e3) return nanos.toFixed(0) + ' ns';
  if (nanos < 999500) return (nanos / 1e3).toPrecision(3) + ' µs';
  if (nanos < 999500000) return (nanos / 1e6).toPrecision(3) + ' ms';
  return (nanos / 1e9).toPrecision(3) + ' s';
}

function moment(ticks, digits = 3) { return (ticks / kTicksPerSecond).toFixed(digits) + ' s'; }

function thousands(number) { return Math.round(number).toLocaleString('en-US'); }

// A step of 1, 2 or 5 times a power of ten that divides `range` into at most `parts`.
function niceStep(range, parts) {
  const rough = range / parts, power = Math.pow(10, Math.floor(Math.log10(rough)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough * 0.999);
}
