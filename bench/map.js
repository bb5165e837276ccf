// How our layout of a map stands beside elkjs, by time and by how good the drawings are. A part of bench/run.js.
import ELK from 'elkjs/lib/elk.bundled.js';
import { layoutOf, mapOf } from '../dist/map/index.js';

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const spread = (values) => `${Math.min(...values).toFixed(1)}–${Math.max(...values).toFixed(1)}`;

/**
 * Both lay out the same map in turn, warm. Drawings are counted alike: straight lines from the right of one box to the left of
 * the other, or to its right where it lies no further right, so that no style of edge has an advantage.
 *
 * @param {readonly {name: string, model: object, times: number}[]} plans
 */
export async function benchMap(plans) {
  const elk = new ELK();
  const found = [];
  for (const { name, model, times } of plans) {
    const map = mapOf(model);
    const ours = layoutOf(map);
    const theirs = placesOf(await elk.layout(graphOf(map, ours)), map);
    for (let i = 0; i < 3; i++) layoutOf(map); // until the process is warm
    const time = { ours: [], theirs: [], ratio: [] };
    for (let i = 0; i < times; i++) {
      const graph = graphOf(map, ours);
      const a = await timed(() => layoutOf(map));
      const b = await timed(() => elk.layout(graph));
      time.ours.push(a);
      time.theirs.push(b);
      time.ratio.push(b / a);
    }
    found.push({
      name,
      map,
      time,
      drawings: { ours: drawing(map, ours.places), elkjs: drawing(map, theirs) },
    });
  }
  printTimes(found);
  printDrawings(found);
}

function printTimes(found) {
  console.log(
    '\n| plan | boxes | edges | ms | elkjs, ms | ratio | spread |\n| --- | --- | --- | --- | --- | --- | --- |',
  );
  for (const { name, map, time } of found)
    console.log(
      `| ${name} | ${map.boxes.length} | ${map.edges.length} | ${median(time.ours).toFixed(1)} | ${median(time.theirs).toFixed(0)} | ${median(time.ratio).toFixed(1)} | ${spread(time.ratio)} |`,
    );
}

function printDrawings(found) {
  console.log(
    '\n| plan | drawing by | crossings | length of edges, px | width, px | height, px |\n| --- | --- | --- | --- | --- | --- |',
  );
  for (const { name, drawings } of found)
    for (const [by, { crossings, length, width, height }] of Object.entries(drawings))
      console.log(
        `| ${name} | ${by} | ${crossings} | ${Math.round(length)} | ${Math.round(width)} | ${Math.round(height)} |`,
      );
}

async function timed(work) {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** The map as elkjs takes it: boxes as wide as ours, groups with room for their names, edges to the right. */
function graphOf({ boxes, edges }, { places }) {
  const children = boxes.map(() => []);
  const roots = [];
  const nodes = boxes.map((_, b) => ({ id: `b${b}`, width: places[b].width, height: 24 }));
  for (const [b, { parent }] of boxes.entries()) (parent < 0 ? roots : children[parent]).push(nodes[b]);
  for (const [b, held] of children.entries())
    if (held.length > 0)
      nodes[b] = Object.assign(nodes[b], {
        children: held,
        layoutOptions: { 'elk.padding': '[top=28,left=8,bottom=8,right=8]' },
      });
  return {
    id: 'root',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
      'elk.spacing.nodeNode': '10',
      'elk.layered.spacing.nodeNodeBetweenLayers': '56',
    },
    children: roots,
    edges: edges.map(({ from, to }, e) => ({ id: `e${e}`, sources: [`b${from}`], targets: [`b${to}`] })),
  };
}

/** Places by box; elkjs counts from the corner of what holds a box. */
function placesOf(graph, { boxes }) {
  const places = boxes.map(() => undefined);
  const walk = (node, left, top) => {
    for (const child of node.children ?? []) {
      const x = left + child.x;
      const y = top + child.y;
      places[Number(child.id.slice(1))] = { x, y, width: child.width, height: child.height };
      walk(child, x, y);
    }
  };
  walk(graph, 0, 0);
  return places;
}

/** What a drawing is worth: crossings, length of edges, size. */
function drawing({ edges }, places) {
  const lines = edges.map(({ from, to }) => {
    const a = places[from];
    const b = places[to];
    const right = a.x + a.width;
    return [right, middle(a), b.x > right ? b.x : b.x + b.width, middle(b)];
  });
  let crossings = 0;
  for (let i = 0; i < lines.length; i++)
    for (let j = 0; j < i; j++) if (cross(lines[i], lines[j])) crossings++;
  return {
    crossings,
    length: lines.reduce((sum, [x1, y1, x2, y2]) => sum + Math.hypot(x2 - x1, y2 - y1), 0),
    width: Math.max(...places.map(({ x, width }) => x + width)),
    height: Math.max(...places.map(({ y, height }) => y + height)),
  };
}

/** Of a group, that of its name. */
function middle({ y, height }) {
  return y + Math.min(24, height) / 2;
}

/** That two lines cross between their ends. */
function cross([ax, ay, bx, by], [cx, cy, dx, dy]) {
  const side = (px, py, qx, qy, rx, ry) => Math.sign((qx - px) * (ry - py) - (qy - py) * (rx - px));
  return (
    side(ax, ay, bx, by, cx, cy) * side(ax, ay, bx, by, dx, dy) < 0 &&
    side(cx, cy, dx, dy, ax, ay) * side(cx, cy, dx, dy, bx, by) < 0
  );
}
