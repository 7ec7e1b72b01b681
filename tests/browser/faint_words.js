// Words of charts that stand on the page itself, of too little contrast to it. axe does not look at
// them. Contrast and relative luminance are those of WCAG 2.2; AA asks 4.5.
() => {
  const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = (color) => {
    const [red, green, blue] = color.match(/[\d.]+/g).map((value) => linear(value / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const page = document.querySelector("[data-testid=stApp]");
  const behind = luminance(getComputedStyle(page).backgroundColor);
  const contrast = (word) => {
    const own = luminance(getComputedStyle(word).fill);
    return (Math.max(own, behind) + 0.05) / (Math.min(own, behind) + 0.05);
  };
  const words =
    "[class$=tick] text, text[class$=title], .legendtext, .annotation-text, .bartext-outside";
  return [...document.querySelectorAll(words)]
    .filter((word) => contrast(word) < 4.5)
    .map((word) => `${word.textContent}: ${contrast(word).toFixed(2)}`);
}
