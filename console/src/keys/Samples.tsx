import { Tabs, Text } from "@mantine/core";
import { useState } from "react";
import { CopyButton } from "../ui/CopyButton";
import classes from "./Keys.module.css";
import { curlSample, exampleHost, pythonSample, type SampleTarget, typescriptSample } from "./samples";

const languages = [
  { id: "curl", label: "curl", write: curlSample },
  { id: "typescript", label: "TypeScript", write: typescriptSample },
  { id: "python", label: "Python", write: pythonSample },
] as const;

/** Requests to the product with the new key, to paste. */
export function Samples({ target, secret }: { target: SampleTarget; secret: string }) {
  const [language, setLanguage] = useState<string | null>("curl");
  return (
    <div>
      <Tabs value={language} onChange={setLanguage} keepMounted={false}>
        <Tabs.List aria-label="Language of the sample">{languages.map((l) => <Tabs.Tab key={l.id} value={l.id}>{l.label}</Tabs.Tab>)}</Tabs.List>
        {languages.map((l) => {
          const text = l.write(target, secret);
          return (
            <Tabs.Panel key={l.id} value={l.id} pt="xs">
              <div className={classes.code}>
                <pre><code>{text}</code></pre>
                <div><CopyButton text={text} label={`Copy the ${l.label} sample`} /></div>
              </div>
            </Tabs.Panel>
          );
        })}
      </Tabs>
      {target.host === exampleHost ? <Text size="xs" c="dimmed" mt={6}><code>{exampleHost.replace("https://", "")}</code> is an example: put your product's address in its place. It is filled in here once the server is told of it (<code>--product-url</code>).</Text> : null}
    </div>
  );
}
