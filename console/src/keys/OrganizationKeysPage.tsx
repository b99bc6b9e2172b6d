import { Button } from "@mantine/core";
import { IconBuilding, IconPlus } from "@tabler/icons-react";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { type Organization, useOrganization } from "../api/places";
import { EmptyState } from "../ui/EmptyState";
import { Forbidden, PageProblem } from "../ui/Forbidden";
import { PageHeader } from "../ui/PageHeader";
import { PageSkeleton } from "../ui/Skeletons";
import { CreateKey } from "./CreateKey";
import { useHolding } from "./hold";
import { KeyList } from "./KeyList";
import { mayAt } from "./may";
import { useOrganizationNames } from "./names";

/** The keys of an organization, which reach what they are granted in its workspaces. */
export function OrganizationKeysPage() {
  const { organization: id } = useParams({ from: "/frame/organizations/$organization/keys" });
  const organization = useOrganization(id);
  // A secret that stands in its dialog outlives the role that made it.
  const holding = useHolding();
  if (organization.error && !organization.data) return <PageProblem error={organization.error} retry={() => void organization.refetch()} />;
  if (!organization.data) return <PageSkeleton />;
  if (!organization.data.may.includes("keys.list") && !holding) {
    return (
      <Forbidden title={`The keys of ${organization.data.name || id} are its admins' alone`}>
        {organization.data.role === "member" ? "You are a member of the organization. Its keys can reach any of its workspaces, so its admins see them, and make them." : "You don't administer this organization."} Those that reach a workspace of yours are listed on that workspace's page.
      </Forbidden>
    );
  }
  return <Page key={id} organization={organization.data} />;
}

function Page({ organization }: { organization: Organization }) {
  const search = useSearch({ from: "/frame/organizations/$organization/keys" });
  const navigate = useNavigate();
  const [creating, setCreating] = useState(false);
  const names = useOrganizationNames(organization.id);
  const may = mayAt(organization);
  const name = organization.name || organization.id;
  const owner = { type: "organization", id: organization.id } as const;
  return (
    <>
      <PageHeader
        tab={`API keys of ${name}`} title={`API keys of ${name}`} about="Organization keys reach the workspaces and workflows that they are granted, and belong to nobody who could leave."
        actions={may("keys.create") ? <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating(true)}>Create a key</Button> : null}
      />
      <KeyList
        owner={owner} caption={`Keys of ${name}`} search={search} names={names} may={may}
        onSearch={(next) => void navigate({ to: "/organizations/$organization/keys", params: { organization: organization.id }, search: { ...search, ...next }, replace: true })}
        empty={
          <EmptyState icon={<IconBuilding size={22} />} title="No organization key yet" action={may("keys.create") ? <Button onClick={() => setCreating(true)}>Create the first key</Button> : null}>
            One key for several workspaces: grant it whole workspaces, or single workflows in any of them, and read, write or admin for each. Made for partners and for what runs across teams.
          </EmptyState>
        }
      />
      <CreateKey owner={owner} names={names} opened={creating} onClose={() => setCreating(false)} />
    </>
  );
}
