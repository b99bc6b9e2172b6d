import { Alert, Anchor, Badge, Button, createTheme, type CSSVariablesResolver, type MantineColorsTuple, Menu, Modal, Notification, Table, Tooltip } from "@mantine/core";

/** The one accent. */
const steel: MantineColorsTuple = ["#eef4fb", "#dbe7f5", "#b5cfea", "#8ab3e0", "#6da1d9", "#4480c8", "#2f6db6", "#1f5a9e", "#194c87", "#123a69"];
/** Dark is a palette of its own, a little blue, and not the light one turned over. */
const dark: MantineColorsTuple = ["#dde3ec", "#c0c9d6", "#9dabbd", "#7d8b9f", "#3a4657", "#2b3544", "#1c232e", "#141a22", "#0f141b", "#0a0e13"];

const sans = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif';
const mono = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace';

export const theme = createTheme({
  primaryColor: "steel",
  colors: { steel, dark },
  primaryShade: { light: 7, dark: 6 },
  black: "#1a2330",
  fontFamily: sans,
  fontFamilyMonospace: mono,
  headings: { fontFamily: sans, fontWeight: "600", sizes: { h1: { fontSize: "1.375rem", lineHeight: "1.3" }, h2: { fontSize: "1.0625rem", lineHeight: "1.4" }, h3: { fontSize: "0.9375rem", lineHeight: "1.4" } } },
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  defaultRadius: "sm",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Alert: Alert.extend({
      defaultProps: { variant: "light" },
      // The tones of everything else: Mantine's own are loud in the dark.
      vars: (_, { color }) => {
        const tone = new Map<string | undefined, string>([["red", "bad"], ["yellow", "warn"], ["green", "good"], ["blue", "info"], ["gray", "neutral"]]).get(color);
        return { root: tone ? { "--alert-bg": `var(--sg-${tone}-soft)`, "--alert-color": `var(--sg-${tone})` } : {} };
      },
    }),
    Anchor: Anchor.extend({ defaultProps: { underline: "always" } }),
    Badge: Badge.extend({ defaultProps: { variant: "light", tt: "none", fw: 500, radius: "sm" } }),
    Button: Button.extend({ defaultProps: { size: "sm" } }),
    // The placeholder that takes the first focus can't stand in a menu, by ARIA: the menu takes it.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    Modal: Modal.extend({ defaultProps: { centered: true, closeButtonProps: { "aria-label": "Close" }, transitionProps: { duration: 120 } }, styles: { title: { fontSize: "1.0625rem", fontWeight: 600, overflowWrap: "anywhere" } } }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { "aria-label": "Close the message" } }, styles: { description: { color: "var(--mantine-color-text)" } } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: "xs", horizontalSpacing: "sm" } }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, openDelay: 250, events: { hover: true, focus: true, touch: true } } }),
  },
});

/** What Mantine's own colours lack of WCAG's 4.5 to 1. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#566173",
    "--mantine-color-placeholder": "#667085",
    "--mantine-color-error": "#b4232f",
    "--mantine-color-default-border": "#cbd2dc",
    "--sg-surface": "#ffffff",
    "--sg-canvas": "#f6f8fa",
    "--sg-line": "#dde2e9",
    "--sg-good": "#17663a",
    "--sg-good-soft": "#e3f4e9",
    "--sg-warn": "#855000",
    "--sg-warn-soft": "#fdf1d8",
    "--sg-bad": "#a8232f",
    "--sg-bad-soft": "#fdeaea",
    "--sg-info": "#1f5a9e",
    "--sg-info-soft": "#e6eff9",
    "--sg-neutral": "#4b5666",
    "--sg-neutral-soft": "#eceff3",
    "--sg-chart-allowed": "#2f6db6",
    "--sg-chart-denied": "#c2413f",
  },
  dark: {
    "--mantine-color-dimmed": "#9dabbd",
    "--mantine-color-placeholder": "#8b99ac",
    "--mantine-color-error": "#ff8b93",
    "--sg-surface": "#1a212b",
    "--sg-canvas": "#141a22",
    "--sg-line": "#2d3746",
    "--sg-good": "#79d69b",
    "--sg-good-soft": "#173325",
    "--sg-warn": "#f2bf64",
    "--sg-warn-soft": "#38290f",
    "--sg-bad": "#ff9aa0",
    "--sg-bad-soft": "#42191d",
    "--sg-info": "#8ab9f0",
    "--sg-info-soft": "#182d47",
    "--sg-neutral": "#b4bfcd",
    "--sg-neutral-soft": "#29323f",
    "--sg-chart-allowed": "#6da1d9",
    "--sg-chart-denied": "#ef7d7a",
  },
});
