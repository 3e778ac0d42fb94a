package io.avatarflow.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionKeyTest {
  @Property
  void aKeyComesBackFromItsTextAndItsBytes(
      @ForAll
          @CharRange(from = 'a', to = 'z')
          @CharRange(from = '0', to = '9')
          @Chars({'.', '_', '-', 'A', 'Z'})
          @StringLength(min = 1, max = 128)
          String tenant,
      @ForAll @CharRange(from = 'A', to = 'Z') @StringLength(min = 1, max = 128) String session) {
    SessionKey key = new SessionKey(tenant, session);
    assertThat(SessionKey.parse(key.toString())).isEqualTo(key);
    assertThat(new String(key.toBytes(), StandardCharsets.UTF_8)).isEqualTo(tenant + "/" + session);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "acme    | Session key \"acme\" has no slash; write it as tenant/session.",
        "''      | Session key \"\" has no slash; write it as tenant/session.",
        "a/b/c   | Session key \"a/b/c\" has more than one slash; write it as tenant/session.",
        "/b      | Tenant \"\" of a session key has 0 characters; give it 1 to 128.",
        "a/      | Session \"\" of a session key has 0 characters; give it 1 to 128.",
        "a/b c   | Session \"b c\" of a session key has U+0020 at position 1;"
            + " use only A-Z a-z 0-9 . _ -.",
        "ä/b     | Tenant \"ä\" of a session key has U+00E4 at position 0;"
            + " use only A-Z a-z 0-9 . _ -."
      })
  void aWrongKeyIsRefusedWithTheReason(String key, String reason) {
    assertThatThrownBy(() -> SessionKey.parse(key))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(reason);
  }

  @Test
  void aLongPartIsRefusedAndQuotedInPart() {
    assertThatThrownBy(() -> new SessionKey("a".repeat(129), "b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has 129 characters; give it 1 to 128.")
        .message()
        .hasSizeLessThan(200);
  }
}
