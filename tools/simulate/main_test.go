package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	log := filepath.Join(t.TempDir(), "log")
	if err := run(strings.Fields("-viewers 2 -ramp 6 -seconds 60 -policy ours,plain -json -log "+log), &out); err != nil {
		t.Fatal(err)
	}
	var outcomes []outcome
	if err := json.Unmarshal(out.Bytes(), &outcomes); err != nil {
		t.Fatal(err)
	}
	if len(outcomes) != 2 || outcomes[0].Policy != "ours" || outcomes[1].Policy != "plain" {
		t.Fatalf("reported %+v", outcomes)
	}
	for _, o := range outcomes {
		if o.Scenario != "few" || o.Viewers != 2 || o.Seconds != 60 || o.Segments == 0 || (o.P2PShare > 0) != (o.Policy == "ours") {
			t.Errorf("reported %+v", o)
		}
	}
	if text, err := os.ReadFile(log); err != nil || !bytes.Contains(text, []byte("viewer 1 joins")) {
		t.Errorf("logged %.100q, %v", text, err)
	}
}

func TestTable(t *testing.T) {
	for _, args := range []string{
		"-viewers 2 -seconds 60", "-viewers 1 -seconds 1", "-viewers 2 -seconds 60 -vod", "-viewers 2 -seconds 60 -policy plain,ours",
	} {
		var out bytes.Buffer
		if err := run(strings.Fields(args), &out); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if rows := 4 + 1 + strings.Count(args, ","); len(lines) != rows {
			t.Errorf("%s: %d lines, want %d:\n%s", args, len(lines), rows, &out)
		}
		if strings.Contains(out.String(), "%!") || !strings.Contains(lines[2], "copies") {
			t.Errorf("%s: bad format in\n%s", args, &out)
		}
	}
}

// Flags change the scenario that they name, wherever it is named.
func TestFlagsChangeAScenario(t *testing.T) {
	o, err := parse(strings.Fields("-viewers 20 -behind 6-8 -up 1.5 -ladder 0.5,2 -scenario swarm -others plain -share 0.25"), &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	s := o.scenario
	if o.name != "swarm" || s.Viewers != 20 || s.Unable != 0.3 || s.Behind.Least != 6 || s.Behind.Most != 8 || s.Up.Least != 1.5 || s.Up.Most != 1.5 {
		t.Errorf("asked for %+v", s)
	}
	if len(s.Stream.Sizes) != 2 || s.Stream.Sizes[1] != 500_000 || !s.Others.Plain || s.Share != 0.25 {
		t.Errorf("asked for %+v", s)
	}
	if o, err = parse(strings.Fields("-vod -seconds 30"), &bytes.Buffer{}); err != nil || o.scenario.Stream.Live || o.scenario.Stream.Segments != 16 {
		t.Errorf("asked for %+v, %v", o.scenario.Stream, err)
	}
}

func TestBadArguments(t *testing.T) {
	for args, want := range map[string]string{
		"-viewers 0":       "-viewers",
		"-seconds 0":       "-seconds",
		"-ramp -1":         "-ramp",
		"-unable 2":        "-unable",
		"-behind 8-6":      "-behind",
		"-up fast":         "-up",
		"-ladder 2,1":      "-ladder",
		"-ladder 0":        "-ladder",
		"-scenario no":     `"no"`,
		"-policy ours,who": `"who"`,
		"-others who":      `"who"`,
		"8":                `"8"`,
		"-log /no/such":    "/no/such",
	} {
		if err := run(strings.Fields(args), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want it to name %s", args, err, want)
		}
	}
}
