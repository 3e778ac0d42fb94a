package io.avatarflow.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;

class AvatarJobOptionsTest {
  @Test
  void defaultsAreTheRecordedOnes() {
    Map<String, String> defaults = new LinkedHashMap<>();
    for (ConfigOption<?> option : AvatarJobOptions.ALL) {
      defaults.put(option.key(), option.hasDefaultValue() ? option.defaultValue().toString() : "");
    }

    Map<String, String> recorded = new LinkedHashMap<>();
    recorded.put("bootstrap", "");
    recorded.put("input-topic", "avatar.input");
    recorded.put("input", "LIVE");
    recorded.put("bounded", "false");
    recorded.put("frames-topic", "avatar.frames");
    recorded.put("events-topic", "avatar.events");
    recorded.put("rejects-topic", "avatar.rejects");
    recorded.put("group-id", "avatarflow");
    recorded.put("tenants", "[]");
    recorded.put("start-from", "COMMITTED");
    recorded.put("start-timeout", "PT20S");
    recorded.put("pack", "reference");
    recorded.put("pack-digest", "");
    recorded.put("grouping", "SHIPPED");
    recorded.put("topology", "KEYED");
    recorded.put("parallelism", "");
    recorded.put("max-parallelism", "60");
    recorded.put("checkpoint-interval", "PT1S");
    recorded.put("recovery-timeout", "PT30S");
    recorded.put("delivery", "AT_LEAST_ONCE");
    recorded.put("identity.policy", "BUNDLED");
    recorded.put("identity.root", "");
    recorded.put("pacing", "ASAP");
    recorded.put("pacing.lead", "PT0.08S");
    recorded.put("pacing.grace", "PT0.06S");
    recorded.put("pacing.budget", "PT0.2S");
    recorded.put("seats", "");
    recorded.put("seats.profile", "");
    recorded.put("seats.topic", "");
    recorded.put("tenant-seats", "{}");
    recorded.put("ladder", "true");
    recorded.put("ladder.overload-slack", "PT0.08S");
    recorded.put("ladder.recovery-slack", "PT0.14S");
    recorded.put("ladder.recovery-time", "PT5S");
    recorded.put("idle.moving", "PT0.64S");
    recorded.put("idle.resting", "PT3.6S");
    recorded.put("max-buffer", "PT20S");
    recorded.put("idle-timeout", "PT1M");
    recorded.put("max-duration", "PT4H");
    recorded.put("max-in-flight", "64");
    recorded.put("rehearsal", "true");
    recorded.put("device", "cpu");
    recorded.put("device.workers", "1");
    recorded.put("device.threads", "1");
    recorded.put("device.batch", "0");
    recorded.put("cpu-pool.threads", "2");
    recorded.put("span-sampling", "0.0");
    recorded.put("raw-frames-dir", "");
    assertThat(defaults).isEqualTo(recorded);
  }

  @Test
  void everyOptionHasADescriptionInSentences() {
    org.apache.flink.configuration.description.HtmlFormatter formatter =
        new org.apache.flink.configuration.description.HtmlFormatter();
    for (ConfigOption<?> option : AvatarJobOptions.ALL) {
      assertThat(formatter.format(option.description()))
          .as(option.key())
          .endsWith(".")
          .hasSizeGreaterThan(20);
    }
  }
}
