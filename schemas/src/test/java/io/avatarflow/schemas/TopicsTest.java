package io.avatarflow.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicsTest {
  @Test
  void defaultNamesAreThese() {
    assertThat(Topics.DEFAULT)
        .isEqualTo(new Topics("avatar.input", "avatar.frames", "avatar.events", "avatar.rejects"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "avatar input", "a/b", "ä"})
  void aNameThatKafkaWouldRefuseIsRefused(String name) {
    assertThatThrownBy(() -> new Topics(name, "frames", "events", "rejects"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + name + "\" is not a Kafka topic name");
  }

  @Test
  void twoEqualNamesAreRefused() {
    assertThatThrownBy(() -> new Topics("one", "two", "one", "three"))
        .hasMessage("Topic \"one\" is named twice; give each of the four its own.");
  }
}
