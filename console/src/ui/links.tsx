import { Anchor, type AnchorProps, Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ComponentPropsWithRef } from "react";

const AnchorBase = (props: AnchorProps & Omit<ComponentPropsWithRef<"a">, keyof AnchorProps>) => <Anchor {...props} />;
const ButtonBase = (props: ButtonProps & Omit<ComponentPropsWithRef<"a">, keyof ButtonProps>) => <Button component="a" {...props} />;

/** A link to a page of the console, checked against the routes. */
export const LinkTo = createLink(AnchorBase);
/** The same that looks like a button. */
export const LinkButton = createLink(ButtonBase);
