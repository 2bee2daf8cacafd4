// Command emptymodule is the loader's module without the loader: the same
// libraries, and nothing done with them. web/bench/start.mjs measures how much
// longer the module takes to start than this.
package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall/js"
	"time"

	"github.com/coder/websocket"
	"github.com/pion/webrtc/v4"
)

// linked keeps the libraries in the module: what the loader calls of each.
var linked = []any{
	(*webrtc.PeerConnection).CreateAnswer, (*webrtc.PeerConnection).CreateDataChannel,
	(*webrtc.PeerConnection).CreateOffer, (*webrtc.PeerConnection).SetLocalDescription,
	(*webrtc.PeerConnection).SetRemoteDescription, webrtc.NewPeerConnection,
	websocket.Dial, (*websocket.Conn).Read, (*websocket.Conn).Write, (*websocket.Conn).Close,
	fmt.Sprintf, fmt.Errorf, errors.As, context.Background,
	md5.Sum, sha1.Sum, base64.StdEncoding, rand.Uint64, reflect.ValueOf, runtime.GC, debug.Stack,
	bytes.Compare, slices.Sort[[]int64], strconv.FormatInt, strings.Contains, new(sync.Mutex), time.AfterFunc,
}

func main() {
	js.Global().Call(os.Args[1], js.ValueOf(len(linked)))
	select {}
}
