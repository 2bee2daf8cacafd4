package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

const configFile = root + "/" + loaderFile

// generate is what the build makes.
func generate(t *testing.T) []byte {
	docs, err := readDocs(configFile)
	if err != nil {
		t.Fatal(err)
	}
	source, err := typeScript(config.Default(), docs)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func TestTypeScript(t *testing.T) {
	source := generate(t)
	for _, want := range []string{
		"export interface StreamSettings {",
		"   * @default 15\n   */\n  highDemandTimeWindow: number;",
		"  webRtcMaxMessageSize: 65535,",
		`  trackerClientVersionPrefix: "-PM0203-",`,
		"  rtcConfig: RTCConfiguration;",
		`{"urls":"stun:stun.l.google.com:19302"}`,
		"  announceTrackers: string[];",
		"  swarmId?: string;",
		"  swarmId: undefined,",
		"  segmentMemoryStorageLimit: number | undefined;",
		"  loaderWasmUrl?: string;",
		"export const DEFAULT_COMMON_SETTINGS: CommonSettings = {\n  segmentMemoryStorageLimit: undefined,\n  loaderWasmUrl: undefined,\n",
		"In milliseconds.",
		"   * Names the presentation among its viewers. Unset, it is the manifest's address without its query.\n",
	} {
		if !strings.Contains(string(source), want) {
			t.Errorf("no %q in\n%s", want, source)
		}
	}
}

func TestEveryStreamSettingIsThere(t *testing.T) {
	source := generate(t)
	for _, typ := range []reflect.Type{reflect.TypeFor[config.Stream](), reflect.TypeFor[config.Common]()} {
		for i := range typ.NumField() {
			name := typ.Field(i).Tag.Get("json")
			if got := strings.Count(string(source), "  "+name+": ") + strings.Count(string(source), "  "+name+"?: "); got != 2 {
				t.Errorf("%s is written %d times, want its member and its default", name, got)
			}
		}
	}
}

func TestBadSettings(t *testing.T) {
	for name, test := range map[string]struct {
		values any
		want   string
	}{
		"no comment": {struct {
			B int `json:"b"`
		}{}, "needs a json tag and a comment"},
		"no name": {struct{ A int }{}, "needs a json tag and a comment"},
		"unknown type": {struct {
			A map[string]int `json:"a"`
		}{}, "no TypeScript type"},
		"unset yet set": {struct {
			A int `json:"a" unset:"absent"`
		}{A: 1}, "tagged unset, but"},
		"unset somehow": {struct {
			A int `json:"a" unset:"true"`
		}{}, "not absent or undefined"},
	} {
		if _, err := settingsOf(reflect.ValueOf(test.values), docs{".A": "A."}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
}

func TestRunLeavesAnUnchangedFileAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "generated", "settings.ts")
	if err := run(configFile, path); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := run(configFile, path); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if !before.ModTime().Equal(after.ModTime()) {
		t.Error("an unchanged file was written again")
	}
}
