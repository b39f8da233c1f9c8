// Orders of slides as plain lists. Nothing here changes what it is given.

// The chosen ones, together and in their order, from this position on; positions count from 1.
export function movedTo(order, chosen, position) {
  const rest = order.filter((id) => !chosen.includes(id));
  const at = Math.max(0, Math.min(position - 1, rest.length));
  return [...rest.slice(0, at), ...order.filter((id) => chosen.includes(id)), ...rest.slice(at)];
}

// The same, so many places further on or, with a negative number, back.
export function movedBy(order, chosen, places) {
  return movedTo(order, chosen, positionOf(order, chosen) + places);
}

// Where the chosen ones begin, counted without those that are chosen too.
export function positionOf(order, chosen) {
  const first = order.findIndex((id) => chosen.includes(id));
  return order.slice(0, first).filter((id) => !chosen.includes(id)).length + 1;
}

// A copy of each chosen one, right behind the last of them.
export function doubled(order, chosen) {
  return inserted(order, order.filter((id) => chosen.includes(id)), chosen);
}

// New ones behind the last chosen one, or at the end.
export function inserted(order, fresh, chosen) {
  const last = order.findLastIndex((id) => chosen.includes(id));
  const at = last < 0 ? order.length : last + 1;
  return [...order.slice(0, at), ...fresh, ...order.slice(at)];
}
