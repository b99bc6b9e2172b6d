package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"sigs.k8s.io/yaml"
)

// secretFlags may be read from a file that STEELGATE_<NAME>_FILE names.
var secretFlags = map[string]bool{"admin-token": true, "token": true, "database-url": true, "redis-url": true, "oidc-client-secret": true}

// resolveFlags fills in the flags that were not given: from the environment, then the config file. What is left keeps its
// default.
func resolveFlags(c *cobra.Command) error {
	config, err := readConfig(c)
	if err != nil {
		return err
	}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if err != nil || f.Changed || f.Name == "config" || f.Name == "help" {
			return
		}
		value, source, found, failed := lookUp(f.Name, config)
		if failed != nil {
			err = failed
			return
		}
		if found {
			if failed := c.Flags().Set(f.Name, value); failed != nil {
				err = usageError("%s: not a value for --%s", source, f.Name)
			}
		}
	})
	return err
}

// lookUp finds a flag's value outside of the command line, and says where it stood.
func lookUp(name string, config map[string]string) (value, source string, found bool, err error) {
	variable := environmentName(name)
	if value := os.Getenv(variable); value != "" {
		return value, variable, true, nil
	}
	if path := os.Getenv(variable + "_FILE"); path != "" && secretFlags[name] {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", "", false, fmt.Errorf("%s_FILE: %w", variable, err)
		}
		return strings.TrimSpace(string(text)), variable + "_FILE", true, nil
	}
	value, found = config[name]
	return value, "the config file", found, nil
}

func environmentName(flag string) string {
	return "STEELGATE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// readConfig reads the config file, if one is named: flags of any command by their names.
func readConfig(c *cobra.Command) (map[string]string, error) {
	path, err := c.Flags().GetString("config")
	if err != nil || path == "" {
		path = os.Getenv(environmentName("config"))
	}
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usageError("the config file: %w", err)
	}
	var entries map[string]any
	if err := yaml.UnmarshalStrict(text, &entries); err != nil {
		return nil, usageError("the config file %s is not a YAML object of flags", path)
	}
	config := map[string]string{}
	for name, entry := range entries {
		if !isFlag(c.Root(), name) {
			return nil, usageError("the config file %s: no flag is called %s", path, name)
		}
		if config[name], err = configText(entry); err != nil {
			return nil, usageError("the config file %s: %s: %w", path, name, err)
		}
	}
	return config, nil
}

func isFlag(c *cobra.Command, name string) bool {
	if c.Flags().Lookup(name) != nil || c.PersistentFlags().Lookup(name) != nil {
		return true
	}
	for _, child := range c.Commands() {
		if isFlag(child, name) {
			return true
		}
	}
	return false
}

func configText(entry any) (string, error) {
	switch v := entry.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			text, err := configText(item)
			if err != nil {
				return "", err
			}
			items[i] = text
		}
		return strings.Join(items, ","), nil
	}
	return "", fmt.Errorf("want a text, a number, true or false, or a list of these")
}
