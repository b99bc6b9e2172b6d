import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy, IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";

/** Copies a text. `label` names what is copied, for who does not see the icon; with `wide` it stands on the button. */
export function CopyButton({ text, label = "Copy", wide = false, onCopied }: { text: string; label?: string; wide?: boolean; onCopied?: () => void }) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
      onCopied?.();
    } catch {
      setState("failed");
    }
  };
  const word = { idle: label, copied: "Copied", failed: "Not copied: select the text, and copy it by hand" }[state];
  const Icon = { idle: IconCopy, copied: IconCheck, failed: IconX }[state];
  const said = <span role="status" style={{ position: "absolute", width: 1, height: 1, overflow: "hidden", clipPath: "inset(50%)" }}>{state === "idle" ? "" : word}</span>;
  if (wide) {
    return <><Button variant="default" leftSection={<Icon size={15} aria-hidden />} onClick={copy}>{word}</Button>{said}</>;
  }
  return (
    <>
      <Tooltip label={word}>
        <ActionIcon variant="subtle" color="gray" size={28} aria-label={label} onClick={copy}><Icon size={15} aria-hidden /></ActionIcon>
      </Tooltip>
      {said}
    </>
  );
}
