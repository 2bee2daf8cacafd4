package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/simulation"
)

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	log := filepath.Join(t.TempDir(), "log")
	if err := run(strings.Fields("-viewers 2 -seconds 60 -json -log "+log), &out); err != nil {
		t.Fatal(err)
	}
	var r simulation.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Viewers != 2 || r.Seconds != 60 || r.Segments == 0 || r.P2PShare == 0 {
		t.Errorf("reported %+v", r)
	}
	if text, err := os.ReadFile(log); err != nil || !bytes.Contains(text, []byte("viewer 1 joins")) {
		t.Errorf("logged %.100q, %v", text, err)
	}
}

func TestTable(t *testing.T) {
	for _, args := range []string{"-viewers 2 -seconds 60", "-viewers 1 -seconds 1", "-viewers 2 -seconds 60 -vod", "-viewers 2 -seconds 60 -plain"} {
		var out bytes.Buffer
		if err := run(strings.Fields(args), &out); err != nil {
			t.Fatal(err)
		}
		for _, row := range []string{"copies of a segment", "from peers", "stalls", "startup"} {
			if !strings.Contains(out.String(), row) {
				t.Errorf("%s: no row %q in\n%s", args, row, &out)
			}
		}
		if strings.Contains(out.String(), "%!") {
			t.Errorf("%s: bad format in\n%s", args, &out)
		}
	}
}

func TestBadArguments(t *testing.T) {
	for args, want := range map[string]string{
		"-viewers 0":    "-viewers",
		"-seconds 0":    "-seconds",
		"-every -1":     "-every",
		"8":             `"8"`,
		"-log /no/such": "/no/such",
	} {
		if err := run(strings.Fields(args), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want it to name %s", args, err, want)
		}
	}
}
