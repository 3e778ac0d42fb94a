package io.avatarflow.jobs.start;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.pack.PackContents;
import io.avatarflow.operators.pack.PackSource;
import org.junit.jupiter.api.Test;

class PackPinTest {
  @Test
  void anotherDigestThanThePinnedOneIsRefusedWithBoth() {
    String pinned = "0".repeat(64);
    assertThatThrownBy(() -> PackPin.check("probe", pinned))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("has digest " + digest())
        .hasMessageContaining("the job pins " + pinned);
  }

  @Test
  void thePinnedPackPassesInEitherCase() {
    assertThatCode(() -> PackPin.check("probe", digest().toUpperCase(java.util.Locale.ROOT)))
        .doesNotThrowAnyException();
  }

  @Test
  void aPackThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> PackPin.check("nobody", null))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("nobody");
  }

  private static String digest() {
    try (PackSource source = PackSource.of("probe")) {
      return PackContents.open(source).digest();
    }
  }
}
