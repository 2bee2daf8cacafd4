import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** Follows the width and the height of an element, in CSS pixels; 0 until they are known. What is drawn for it is not stretched. */
export function useSize<T extends Element>(): [RefObject<T | null>, number, number] {
  const ref = useRef<T>(null);
  const [width, setWidth] = useState(0);
  const [height, setHeight] = useState(0);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      setWidth(Math.floor(entry!.contentRect.width));
      setHeight(Math.floor(entry!.contentRect.height));
    });
    observer.observe(ref.current!);
    return () => observer.disconnect();
  }, []);
  return [ref, width, height];
}
