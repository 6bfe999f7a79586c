// Numbers as people type and read them.
export const locale = document.documentElement.lang || "en";

/** "0,03" and "0.03" are the same number; null where it is none. */
export const read = (input) => {
  const number = Number.parseFloat((input?.value ?? "").replace(",", ".").replace("−", "-"));
  return Number.isFinite(number) ? number : null;
};

/** As it stands in a field: a fixed number of digits, no grouping. */
export const write = (value, digits) =>
  value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false });

/** At most so many digits. */
export const short = (value, digits) => value.toLocaleString(locale, { maximumFractionDigits: digits, useGrouping: false });
