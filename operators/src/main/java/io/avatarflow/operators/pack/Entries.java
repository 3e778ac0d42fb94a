package io.avatarflow.operators.pack;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Lists and maps of a manifest as its records keep them: unchangeable, in the order of the file,
 * empty where the key is absent. An entry without a value is a {@link NullPointerException}.
 */
final class Entries {
  private Entries() {}

  static <E> List<E> of(List<E> list) {
    return list == null ? List.of() : List.copyOf(list);
  }

  static <V> Map<String, V> of(Map<String, V> map) {
    return of(map, Objects::requireNonNull);
  }

  static <E> Map<String, List<E>> ofLists(Map<String, List<E>> map) {
    return of(map, List::copyOf);
  }

  private static <V> Map<String, V> of(Map<String, V> map, Function<V, V> copy) {
    Map<String, V> entries = new LinkedHashMap<>();
    if (map != null) {
      map.forEach((name, value) -> entries.put(name, copy.apply(value)));
    }
    return Collections.unmodifiableMap(entries);
  }
}
