import { ActionIcon, Menu, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconMoon, IconSun } from "@tabler/icons-react";

const schemes = [
  { value: "light", label: "Light", icon: IconSun },
  { value: "dark", label: "Dark", icon: IconMoon },
  { value: "auto", label: "As the system", icon: IconDeviceDesktop },
] as const;

export function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const chosen = schemes.find((s) => s.value === colorScheme) ?? schemes[2];
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={32} aria-label={`Colours: ${chosen.label}`}><chosen.icon size={18} aria-hidden /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {schemes.map((s) => <Menu.Item key={s.value} role="menuitemradio" aria-checked={s.value === chosen.value} leftSection={<s.icon size={16} aria-hidden />} onClick={() => setColorScheme(s.value)}>{s.label}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}
