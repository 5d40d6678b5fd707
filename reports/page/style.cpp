#include "reports/page/style.h"

namespace assay::reports {

namespace {

constexpr std::string_view kStyleSheet = R"css(
:root { color-scheme: light dark;
  --page: #f7f7f5; --card: #ffffff; --ink: #1b1f24; --soft: #565c65; --faint: #868c96; --rule: #e5e6e8; --tint: #f2f3f4;
  --ok: #2f7cc0; --fail: #9aa3ae; --info: #e08e00; --fault: #7a55c7; --band: rgba(122,85,199,.13); --bug: #b3261e;
  --valid: #0b7a5f; --invalid: #c2371f; --unknown: #9a6700; --trouble: #7d2fb0;
  --h0: #d5e6f4; --h1: #aecfe9; --h2: #83b5db; --h3: #5a99c9; --h4: #377cb2; --h5: #1e6096; --h6: #114776; --h7: #082c50; }
@media (prefers-color-scheme: dark) { :root {
  --page: #101214; --card: #181b1f; --ink: #e9ebee; --soft: #a7adb6; --faint: #7c838d; --rule: #2b3036; --tint: #20242a;
  --ok: #5aa5e6; --fail: #727b87; --info: #f2ab3c; --fault: #b196f0; --band: rgba(177,150,240,.16); --bug: #ff8a80;
  --valid: #3ecfa4; --invalid: #ff7a5c; --unknown: #e3b341; --trouble: #c792ea;
  --h0: #17344c; --h1: #1c4a6e; --h2: #236290; --h3: #2f7cb2; --h4: #4a98cd; --h5: #74b3df; --h6: #a5d0ed; --h7: #dcf0fb; } }
.valid { --accent: var(--valid); } .invalid { --accent: var(--invalid); }
.unknown { --accent: var(--unknown); } .trouble { --accent: var(--trouble); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI",
  Roboto, "Liberation Sans", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1140px; margin: 0 auto; padding: 28px 24px 72px; }
code, pre, .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
  font-size: 13px; }
a { color: inherit; text-decoration-color: var(--faint); text-underline-offset: 3px; }
h1, h2, h3, p { margin: 0; }
.over { display: flex; justify-content: space-between; gap: 24px; color: var(--soft); font-size: 13.5px; padding: 0 4px 12px; }
.over b { color: var(--ink); font-weight: 650; }
.banner { background: var(--card); border: 1px solid var(--rule); border-radius: 14px; overflow: hidden; }
.judgement { display: flex; gap: 22px; align-items: flex-start; padding: 30px 32px 26px; border-top: 6px solid var(--accent); }
.glyph { flex: none; width: 52px; height: 52px; border-radius: 50%; background: var(--accent); color: var(--card);
  font-size: 28px; line-height: 52px; font-weight: 700; text-align: center; }
.judgement h1 { font-size: 34px; line-height: 1.15; letter-spacing: -.02em; font-weight: 700; color: var(--accent); }
.judgement p { font-size: 18px; line-height: 1.45; margin-top: 6px; max-width: 62em; text-wrap: pretty; }
.judgement p.aside { font-size: 15px; color: var(--soft); }
.second { padding: 12px 32px; border-top: 1px solid var(--rule); } .second .label { color: var(--faint); font-size: 12.5px; margin-right: 6px; }
.bugs { padding: 11px 32px; font-weight: 600; color: var(--bug); border-top: 1px solid var(--rule); background: var(--tint); }
.repeat { padding: 16px 32px 18px; border-top: 1px solid var(--rule); display: grid; grid-template-columns: 1fr auto;
  gap: 4px 32px; align-items: end; }
.repeat .label, dt { color: var(--faint); font-size: 12.5px; }
.repeat code { display: block; overflow-wrap: anywhere; user-select: all; }
.repeat .seed { font-size: 20px; font-weight: 650; text-align: right; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); margin: 18px 0 0;
  background: var(--rule); border: 1px solid var(--rule); border-radius: 14px; overflow: hidden; gap: 1px; }
.figures > div { background: var(--card); padding: 16px 20px; }
.figures .n { font-size: 23px; font-weight: 640; letter-spacing: -.01em; line-height: 1.25; }
.figures .l { color: var(--soft); font-size: 13px; }
nav { margin: 20px 4px 0; color: var(--soft); font-size: 13.5px; display: flex; flex-wrap: wrap; gap: 6px 20px; }
section { margin-top: 44px; }
h2 { font-size: 21px; font-weight: 660; letter-spacing: -.01em; padding: 0 4px; }
h3 { font-size: 16px; font-weight: 650; }
.lede { color: var(--soft); margin: 2px 0 0; padding: 0 4px; max-width: 56em; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 14px; margin-top: 14px; padding: 22px 26px; }
.card.flush { padding: 6px 10px; }
.scroll { overflow-x: auto; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(205px, 1fr)); gap: 16px 28px; margin: 0; }
hr { border: 0; border-top: 1px solid var(--rule); margin: 18px 0; }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th { font-weight: 500; color: var(--faint); font-size: 12.5px; text-align: left; padding: 9px 12px 8px; white-space: nowrap;
  border-bottom: 1px solid var(--rule); vertical-align: bottom; }
td { padding: 8px 12px; border-bottom: 1px solid var(--rule); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
tr.sum td { font-weight: 620; }
.r { text-align: right; white-space: nowrap; } .nw { white-space: nowrap; }
.quiet { color: var(--faint); } .soft { color: var(--soft); } td .soft { font-size: 13.5px; } .strong { font-weight: 640; }
.wide { overflow-wrap: break-word; min-width: 140px; }
.pill { display: inline-block; border-radius: 99px; padding: 0 9px; font-size: 12.5px; line-height: 20px; font-weight: 600;
  border: 1px solid currentColor; white-space: nowrap; }
.p-ok { color: var(--ok); } .p-fail { color: var(--soft); } .p-info { color: var(--info); }
.p-bad { color: var(--invalid); } .p-good { color: var(--valid); } .p-warn { color: var(--unknown); }
.anomaly { border-left: 5px solid var(--invalid); }
.anomaly .title { font-size: 18px; font-weight: 670; } .anomaly .of { color: var(--soft); font-size: 13.5px; margin-left: 10px; }
.anomaly .what { font-size: 16px; margin: 4px 0 0; max-width: 62em; }
ol.steps { margin: 14px 0 4px; padding-left: 24px; } ol.steps li { padding: 2px 0 2px 4px; }
ol.steps li::marker { color: var(--faint); }
.anomaly .scroll { margin: 16px -26px 0; padding: 0 26px; } .anomaly table { margin-top: 10px; }
tr.witness td { background: var(--tint); } tr.context td { color: var(--soft); }
.badge { display: inline-block; min-width: 22px; height: 22px; line-height: 22px; border-radius: 11px; text-align: center;
  font-size: 12.5px; font-weight: 700; background: var(--invalid); color: var(--card); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; color: var(--soft); font-size: 13px; margin: 0 0 12px; }
.legend span::before { content: ""; display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 7px; }
.legend .ok::before { background: var(--ok); } .legend .fail::before { background: var(--fail); }
.legend .info::before { background: var(--info); } .legend .fault::before { background: var(--band); border: 1px solid var(--fault); }
.legend .p99::before { background: var(--info); } .legend .p50::before { background: var(--ok); }
.none { color: var(--soft); } .card table + .none, .scroll + .none { margin-top: 10px; font-size: 13.5px; }
svg { display: block; max-width: 100%; height: auto; overflow: visible; }
.scroll svg { max-width: none; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", "DejaVu Sans", sans-serif; fill: var(--soft);
  font-variant-numeric: tabular-nums; }
svg .tick { fill: var(--faint); font-size: 11.5px; } svg .name { fill: var(--ink); font-weight: 600; }
svg .sub { fill: var(--faint); font-size: 11px; } svg .axis { stroke: var(--faint); stroke-width: 1; }
svg .grid { stroke: var(--rule); stroke-width: 1; } svg .band { fill: var(--band); }
svg .hit { fill: transparent; } svg .hit:hover { fill: var(--band); }
svg .ok { fill: var(--ok); } svg .fail { fill: var(--fail); } svg .info { fill: var(--info); } svg .info.open { fill-opacity: .38; }
svg .gantt { fill: var(--fault); } svg .gantt.unproved { fill: var(--band); stroke: var(--fault); stroke-dasharray: 3 2; }
svg .struck { fill: var(--band); } svg .gname { fill: var(--ink); font-size: 11.5px; font-weight: 600; }
svg .p50 { fill: none; stroke: var(--ok); stroke-width: 2; } svg .p99 { fill: none; stroke: var(--info); stroke-width: 2; }
svg .oplabel { font: 11.5px ui-monospace, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; fill: var(--soft); }
svg .oplabel.hot { fill: var(--ink); font-weight: 650; }
svg .bar { fill: var(--tint); stroke: var(--faint); } svg .bar.hot { fill: var(--invalid); stroke: var(--invalid); }
svg .bar.open { stroke-dasharray: 4 3; } svg .bar.hot.open { fill-opacity: .35; }
svg .num { fill: var(--card); font-size: 11.5px; font-weight: 700; }
svg .order { fill: none; stroke: var(--invalid); stroke-width: 1.5; stroke-dasharray: 2 3; } svg .tip { fill: var(--invalid); }
svg .lane { stroke: var(--rule); } svg .guide { stroke: var(--rule); stroke-dasharray: 2 3; }
.legend .p90::before { background: var(--info); } .legend .pmax::before { background: var(--faint); }
.legend .response::before { background: var(--ok); } .legend .service::before { background: var(--info); }
.legend .plain::before, .legend .scale::before { display: none; } .legend .scale { display: flex; margin: 4px -14px 0; }
.legend .scale i { width: 16px; height: 12px; }
figure { margin: 0 0 26px; } figcaption { display: flex; flex-wrap: wrap; gap: 2px 28px; align-items: baseline; margin-bottom: 6px; }
figcaption .legend { margin: 0; } figure svg { cursor: crosshair; }
.h0 { fill: var(--h0); background: var(--h0); } .h1 { fill: var(--h1); background: var(--h1); }
.h2 { fill: var(--h2); background: var(--h2); } .h3 { fill: var(--h3); background: var(--h3); }
.h4 { fill: var(--h4); background: var(--h4); } .h5 { fill: var(--h5); background: var(--h5); }
.h6 { fill: var(--h6); background: var(--h6); } .h7 { fill: var(--h7); background: var(--h7); }
svg .p90, svg .service { fill: none; stroke: var(--info); stroke-width: 2; } svg .response { fill: none; stroke: var(--ok); stroke-width: 2; }
svg .service { stroke-dasharray: 6 3; } svg .pmax { fill: none; stroke: var(--faint); stroke-width: 1.2; }
svg .flight { fill: var(--fail); } svg .cursor { stroke: var(--ink); stroke-width: 1; visibility: hidden; pointer-events: none; }
svg .cursor.on { visibility: visible; }
.readout { position: sticky; top: 0; z-index: 1; background: var(--tint); border-radius: 8px; padding: 5px 12px; font-size: 13.5px; margin: 0 0 10px; }
hr + dl { grid-template-columns: 1fr; } .live { display: none; } .scripted .live { display: block; } .scripted .static { display: none; }
.live .readout { position: static; margin-top: 10px; }
.tools { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 12px; }
button { font: inherit; font-size: 13.5px; color: var(--ink); background: var(--tint); border: 1px solid var(--rule); border-radius: 8px;
  padding: 3px 12px; cursor: pointer; } button:hover { border-color: var(--faint); }
.stage { position: relative; } canvas { display: block; width: 100%; cursor: grab; touch-action: pan-y; }
canvas:focus-visible, button:focus-visible, a:focus-visible { outline: 2px solid var(--ok); outline-offset: 2px; }
.hair { position: absolute; top: 0; bottom: 26px; width: 1px; background: var(--ink); pointer-events: none; }
.tip { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; font-size: 12.5px;
  margin: 8px 0 0; min-height: 2.9em; overflow-wrap: anywhere; }
svg line.message { stroke: var(--ok); stroke-opacity: .55; stroke-width: 1.1; } svg circle.message { fill: var(--ok); }
svg .lost { stroke: var(--info); stroke-width: 1.4; }
.filter { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; margin: 18px 4px 0; font-size: 13.5px; color: var(--soft); }
input, select { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: 3px 8px; }
main > h1 { font-size: 28px; } .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 0 24px; }
svg .point { fill: var(--unknown); } svg .point.valid { fill: var(--valid); } svg .point.invalid { fill: var(--invalid); }
td details { margin: 0; } td summary { padding: 0; font-weight: 400; font-size: 13.5px; }
details { margin-top: 14px; } summary { cursor: pointer; color: var(--soft); font-weight: 600; padding: 0 4px; }
pre { background: var(--card); border: 1px solid var(--rule); border-radius: 14px; padding: 18px 22px; overflow-x: auto; margin: 12px 0 0; }
footer { color: var(--faint); font-size: 13px; margin: 40px 4px 0; }
@media (max-width: 720px) { main { padding: 14px 12px 40px; } .judgement { padding: 22px 18px; gap: 14px; } .card { padding: 16px; }
  .repeat { grid-template-columns: 1fr; padding: 14px 18px; } .repeat .seed { text-align: left; } .over { display: block; } }
@media print { .scripted hr + dl { grid-template-columns: 1fr; } .live { display: none; } .scripted .static { display: block; } .readout { display: none; } svg .cursor { display: none; }
  body { background: #fff; font-size: 12px; } main { max-width: none; padding: 0; } nav { display: none; }
  .card, .banner, pre { border-radius: 0; break-inside: avoid; } section { margin-top: 24px; } h2 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
)css";

}  // namespace

std::string_view style_sheet() { return kStyleSheet; }

}  // namespace assay::reports
