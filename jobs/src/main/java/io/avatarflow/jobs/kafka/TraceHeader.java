package io.avatarflow.jobs.kafka;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * The Kafka header {@code traceparent} of W3C Trace Context: the trace that a session belongs to.
 * One that is not well-formed counts as none, as the recommendation wants.
 */
final class TraceHeader {
  static final String NAME = "traceparent";

  // Trace Context, section 3.2: version, trace, parent, flags; neither id may be all zeros. Version
  // ff is invalid.
  private static final Pattern FORM =
      Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

  private TraceHeader() {}

  /** The header's value, empty if there is none. */
  static String read(Headers headers) {
    Header header = headers.lastHeader(NAME);
    if (header == null || header.value() == null) {
      return "";
    }
    String value = new String(header.value(), StandardCharsets.US_ASCII);
    return FORM.matcher(value).matches() ? value : "";
  }

  /** Sets the header unless the value is empty. */
  static void write(String traceparent, Headers headers) {
    if (!traceparent.isEmpty()) {
      headers.add(NAME, traceparent.getBytes(StandardCharsets.US_ASCII));
    }
  }
}
