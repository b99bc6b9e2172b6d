import { Tabs, Text } from "@mantine/core";
import { useState } from "react";
import { CopyButton } from "../ui/CopyButton";
import classes from "./Keys.module.css";
import { useSession } from "../api/session";
import { curlSample, exampleHost, gatewaySample, pythonSample, type SampleTarget, typescriptSample } from "./samples";

const languages = [
  { id: "curl", label: "curl", write: curlSample },
  { id: "typescript", label: "TypeScript", write: typescriptSample },
  { id: "python", label: "Python", write: pythonSample },
] as const;
const gateway = { id: "gateway", label: "Gateway", write: (target: SampleTarget, secret: string) => gatewaySample(target, secret, location.origin) } as const;

/** Requests to the product with the new key, to paste. */
export function Samples({ target, secret }: { target: SampleTarget; secret: string }) {
  const [language, setLanguage] = useState<string | null>("curl");
  const isExample = target.host === exampleHost;
  // Only the demo lets one choose whom to be, and it has no product that a sample could reach.
  const demo = useSession().session?.method === "dev" && isExample;
  const tabs = demo ? [...languages, gateway] : languages;
  return (
    <div>
      <Tabs value={language} onChange={setLanguage} keepMounted={false}>
        <Tabs.List aria-label="Language of the sample">{tabs.map((l) => <Tabs.Tab key={l.id} value={l.id}>{l.label}</Tabs.Tab>)}</Tabs.List>
        {tabs.map((l) => {
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
      {demo ? <Text size="xs" c="dimmed" mt={6}>This demo has no product behind it, so <code>{exampleHost.replace("https://", "")}</code> answers nothing. To see a first request come in, send the one under <strong>Gateway</strong>: it asks steelgate what a gateway before the product would.</Text> : isExample ? <Text size="xs" c="dimmed" mt={6}><code>{exampleHost.replace("https://", "")}</code> is an example: put your product's address in its place. It is filled in here once the server is told of it (<code>--product-url</code>).</Text> : null}
    </div>
  );
}
