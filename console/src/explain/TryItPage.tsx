import { Alert, Autocomplete, Button, Collapse, Group, PasswordInput, SegmentedControl, Stack, Text, Textarea, TextInput, VisuallyHidden } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight, IconFlask, IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { decisionQuery, type Explanation, loggedExplanationQuery } from "../api/decisions";
import { actionsQuery, explain } from "../api/explain";
import { asProblem, type Problem } from "../api/problem";
import { mayDo, useSession } from "../api/session";
import { codeLabel } from "../decisions/codes";
import { NotExplained } from "../decisions/DecisionDrawer";
import { usePlace } from "../shell/place";
import { EmptyState } from "../ui/EmptyState";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { PanelSkeleton } from "../ui/Skeletons";
import { ExplanationView } from "./ExplanationView";
import { FactsEditor } from "./FactsEditor";
import { KeyPicker, useKeyChoices } from "./KeyPicker";
import { type Asked, askedBy, localTime, nothing, questionOf } from "./question";
import { ResourcePicker } from "./ResourcePicker";
import classes from "./TryItPage.module.css";
import { trial, type Way } from "./words";

type Wrong = Partial<Record<keyof Asked | "secret", string>>;
interface Result {
  explanation: Explanation;
  assumed: boolean;
}

export function TryItPage() {
  const search = useSearch({ from: "/frame/try" });
  const navigate = useNavigate({ from: "/try" });
  const session = useSession();
  const mayAssume = mayDo(session, "decision_log.read");
  const [asked, setAsked] = useState<Asked>({ ...nothing, key: search.key ?? "", action: search.action ?? "", type: search.type ?? "", id: search.id ?? "" });
  const [by, setBy] = useState<"key" | "secret">("key");
  const [secret, setSecret] = useState("");
  const [wrong, setWrong] = useState<Wrong>({});
  const [result, setResult] = useState<Result | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [more, { toggle, open: openMore }] = useDisclosure(false);
  const running = useRef<AbortController>(null);
  const out = useRef<HTMLDivElement>(null);
  const narrow = useMediaQuery("(max-width: 62em)");

  const logged = useLogged(search.decision, (found) => {
    setAsked({ ...nothing, ...found });
    if (found.context || found.properties) openMore();
  });

  const choices = useKeyChoices();
  const actions = useQuery({ ...actionsQuery, retry: false });
  const known = actions.data?.actions ?? {};
  const set = (changed: Partial<Asked>) => {
    setAsked((old) => ({ ...old, ...changed }));
    setWrong((old) => Object.fromEntries(Object.entries(old).filter(([field]) => !(field in changed))));
  };
  const chooseAction = (action: string) => {
    const on = known[action]?.on;
    // A type that the action is not for would only be refused.
    set({ action, ...(on?.length && !on.includes(asked.type) ? { type: on[0]!, id: "" } : {}) });
  };

  const ask = async (what: Asked) => {
    const made = questionOf(what, by === "secret" ? secret : null);
    if ("wrong" in made) {
      setWrong(made.wrong);
      document.getElementById("try-form")?.querySelector<HTMLElement>(`[data-field~="${Object.keys(made.wrong)[0]}"] input`)?.focus();
      return;
    }
    setWrong({});
    setProblem(null);
    setBusy(true);
    running.current?.abort();
    const controller = (running.current = new AbortController());
    try {
      const explanation = await explain(made.question, controller.signal);
      setResult({ explanation, assumed: what.facts.length > 0 });
      const { key } = explanation.decision;
      // From here on the key's id does.
      if (by === "secret" && key) {
        setBy("key");
        setAsked({ ...what, key: key.id });
      }
      const shown = { key: by === "key" ? what.key.trim() : (key?.id ?? ""), action: what.action.trim(), type: what.type.trim(), id: what.id.trim() };
      void navigate({ search: Object.fromEntries(Object.entries(shown).filter(([, v]) => v)), replace: true });
      if (narrow) out.current?.scrollIntoView({ block: "start" });
    } catch (failed) {
      if (controller.signal.aborted) return;
      const found = asProblem(failed);
      setProblem(found);
      setResult(null);
      setWrong(fieldsOf(found));
    } finally {
      // Used, or of no use: nothing keeps it.
      setSecret("");
      if (running.current === controller) setBusy(false);
    }
  };
  const tryWay = (way: Way) => {
    const found = trial(way, mayAssume);
    if (!found) return;
    const next = { ...asked, facts: [...asked.facts, ...found.facts], ...(found.time ? { time: localTime(found.time) } : {}) };
    setAsked(next);
    void ask(next);
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void ask(asked);
  };

  // A link that has the whole question shows what its sender saw.
  const opened = useRef(false);
  useEffect(() => {
    if (opened.current) return;
    opened.current = true;
    if (search.key && search.action && search.type && search.id && !search.decision) void ask(asked);
  });

  const chosen = choices.flatMap((g) => g.keys).find((k) => k.id === asked.key && k.record)?.record;
  const here = usePlace();
  const place = chosen?.workspace_id ? { workspace_id: chosen.workspace_id } : chosen?.organization_id ? { organization_id: chosen.organization_id } : here ? (here.kind === "workspace" ? { workspace_id: here.id } : { organization_id: here.id }) : null;
  const action = known[asked.action.trim()];
  const types = action?.on ?? ["workflow", "mcp_server", "workspace"];
  const shown = result?.explanation ?? (problem ? undefined : logged.explanation);

  return (
    <>
      <PageHeader title="Try it" tab="Try it" about="Ask what steelgate would decide, why, and what would change the answer. Nothing is logged, and no key counts as used." />
      <div className={classes.columns}>
        <form id="try-form" onSubmit={submit} noValidate aria-label="Question">
          <Panel title="Question" padded>
            <Stack gap="sm">
              <div>
                <SegmentedControl aria-label="Which key" value={by} onChange={(v) => { setBy(v as typeof by); setSecret(""); setWrong({}); }} data={[{ value: "key", label: "Choose a key" }, { value: "secret", label: "Paste a secret" }]} mb="xs" />
                {by === "key" ? <div data-field="key"><KeyPicker value={asked.key} onChange={(key) => set({ key })} choices={choices} error={wrong.key} /></div> : (
                  <div data-field="secret">
                    <PasswordInput label="Secret" description="It is sent once, to be recognized, then forgotten: neither this page nor its address keeps it." placeholder="sk-steelengine-…" value={secret} onChange={(e) => { setSecret(e.currentTarget.value); setWrong({}); }} error={wrong.secret} autoComplete="off" data-1p-ignore data-lpignore="true" spellCheck={false} visibilityToggleButtonProps={{ "aria-label": "Show or hide the secret" }} />
                  </div>
                )}
              </div>
              <div data-field="action">
                <Autocomplete label="Action" placeholder="workflow.execute" value={asked.action} onChange={chooseAction} error={wrong.action} data={[...Object.keys(known), ...(actions.data?.site_actions ?? []).filter((a) => !(a in known))].sort()} description={action ? `Takes ${action.requires} on a ${action.on.join(" or ")}` : undefined} inputWrapperOrder={["label", "input", "description", "error"]} spellCheck={false} />
              </div>
              <div data-field="type id"><ResourcePicker type={asked.type} id={asked.id} onChange={set} types={types} place={place} errors={{ type: wrong.type, id: wrong.id }} /></div>
              <Group gap="xs" align="flex-end" wrap="nowrap">
                <TextInput label="Client address" placeholder="Not told" value={asked.ip} onChange={(e) => set({ ip: e.currentTarget.value })} error={wrong.ip} style={{ flex: 1 }} spellCheck={false} autoComplete="off" />
                {session.address ? <Button variant="default" onClick={() => set({ ip: session.address ?? "" })}>Use mine</Button> : null}
              </Group>
              <Group gap="xs" align="flex-end" wrap="nowrap">
                <TextInput type="datetime-local" step={1} label="At" value={asked.time} onChange={(e) => set({ time: e.currentTarget.value })} error={wrong.time} style={{ flex: 1 }} />
                {asked.time ? <Button variant="default" onClick={() => set({ time: "" })}>Now</Button> : <Text size="sm" c="dimmed" pb={8} w={44}>Now</Text>}
              </Group>
              <div>
                <Button variant="subtle" size="compact-sm" ml={-8} onClick={toggle} aria-expanded={more} leftSection={more ? <IconChevronDown size={15} aria-hidden /> : <IconChevronRight size={15} aria-hidden />}>What else the caller says</Button>
                <Collapse expanded={more} transitionDuration={0}>
                  <Stack gap="xs" mt="xs">
                    <Json label="Context" description="Beside the client's address, for rules of your own." value={asked.context} onChange={(context) => set({ context })} error={wrong.context} />
                    <Json label="Properties of the resource" description="In the caller's own words; they never replace stored ones." value={asked.properties} onChange={(properties) => set({ properties })} error={wrong.properties} />
                  </Stack>
                </Collapse>
              </div>
              {mayAssume ? (
                <fieldset className={classes.facts}>
                  <legend>Facts to assume</legend>
                  <Text size="sm" c="dimmed" mb="xs">What if the world were another? They hold for this question alone.</Text>
                  <FactsEditor facts={asked.facts} onChange={(facts) => set({ facts })} known={{ key_id: asked.key, user_id: chosen?.user_id ?? "", workspace_id: asked.type === "workspace" ? asked.id : (chosen?.workspace_id ?? (here?.kind === "workspace" ? here.id : "")), workflow_id: asked.type === "workflow" ? asked.id : "", target_id: asked.id }} />
                </fieldset>
              ) : null}
              <Button type="submit" loading={busy} leftSection={<IconFlask size={16} aria-hidden />} fullWidth>Decide</Button>
            </Stack>
          </Panel>
        </form>
        <div ref={out} className={classes.answer} aria-busy={busy}>
          <VisuallyHidden role="status">{result ? `${result.explanation.decision.allow ? "Allowed" : "Denied"}: ${codeLabel(result.explanation.decision.code)}` : ""}</VisuallyHidden>
          {problem ? <ProblemAlert error={problem} title={problem.status === 404 && !problem.code.startsWith("page") ? "No such key that is yours to explain" : "It could not be asked"} /> : null}
          {shown ? <ExplanationView explanation={shown} assumed={result?.assumed ?? false} mayAssume={mayAssume} onTry={tryWay} /> : null}
          {!shown && !problem && search.decision ? logged.error ? <NotExplained error={logged.error} retry={logged.retry} /> : <PanelSkeleton lines={7} /> : null}
          {!shown && !problem && !search.decision ? (
            <EmptyState icon={<IconFlask size={22} />} title="Ask a question">
              Choose a key, an action and a resource. You see the decision, every rule that was evaluated with the values that it saw, and, for a deny, the smallest changes that would allow it.
            </EmptyState>
          ) : null}
          {!mayAssume && shown?.counterfactual?.ways.length ? <Alert color="steel" mt="md" icon={<IconInfoCircle aria-hidden />}><Text size="sm">To try a change before it is made is for policy admins. Each way above was tried by steelgate itself.</Text></Alert> : null}
        </div>
      </div>
    </>
  );
}

function Json({ label, description, value, onChange, error }: { label: string; description: string; value: string; onChange: (value: string) => void; error: string | undefined }) {
  return <Textarea label={label} description={description} placeholder="{}" autosize minRows={2} maxRows={10} value={value} onChange={(e) => onChange(e.currentTarget.value)} error={error} spellCheck={false} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} />;
}

/** A decision of the log, its explanation, and its question for the form, once it is there. */
function useLogged(id: string | undefined, fill: (asked: Partial<Asked>) => void) {
  const decision = useQuery({ ...decisionQuery(id ?? ""), enabled: id !== undefined });
  const explanation = useQuery({ ...loggedExplanationQuery(id ?? ""), enabled: id !== undefined, retry: false });
  const filled = useRef<string>(undefined);
  useEffect(() => {
    if (!decision.data || filled.current === id) return;
    filled.current = id;
    fill(askedBy(decision.data));
  });
  return { explanation: id ? explanation.data : undefined, error: explanation.error ?? decision.error, retry: () => void (decision.refetch(), explanation.refetch()) };
}

/** Which fields a refusal is about. */
function fieldsOf(problem: Problem): Wrong {
  const names: [keyof Wrong, string][] = [["key", "key_id"], ["secret", "api_key"], ["action", "action"], ["type", "resource.type"], ["id", "resource.id"], ["properties", "resource.properties"], ["context", "context"], ["time", "time"], ["facts", "facts"]];
  return Object.fromEntries(names.map(([ours, theirs]) => [ours, problem.of(theirs)]).filter(([, message]) => message)) as Wrong;
}
