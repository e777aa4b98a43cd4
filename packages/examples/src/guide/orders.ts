/** More was wanted than there is. */
export class OutOfStock extends Error {
  override readonly name = "OutOfStock";
  readonly code = "E_OUT_OF_STOCK";
  readonly left: number;

  constructor(item: string, left: number) {
    super(`only ${left} of ${item} left`);
    this.left = left;
  }
}

export function reserve(item: string, count: number): string {
  if (count > 3) throw new OutOfStock(item, 3);
  return `${count} ${item}`;
}
