package io.avatarflow.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class SchemaDocTest {
  private static final Set<Schema.Type> NUMBERS =
      Set.of(Schema.Type.INT, Schema.Type.LONG, Schema.Type.FLOAT, Schema.Type.DOUBLE);
  private static final Pattern RANGE = Pattern.compile("\\d|any value");

  @Test
  void everyTypeAndFieldIsDocumentedAndEveryNumberHasARange() {
    Set<String> visited = new HashSet<>();
    visit(SessionInput.getClassSchema(), visited);
    visit(SessionOutput.getClassSchema(), visited);
    visit(SessionEvent.getClassSchema(), visited);
    assertThat(visited).hasSize(42);
  }

  private static void visit(Schema schema, Set<String> visited) {
    switch (schema.getType()) {
      case UNION -> schema.getTypes().forEach(branch -> visit(branch, visited));
      case ARRAY -> visit(schema.getElementType(), visited);
      case ENUM -> visitNamed(schema, visited);
      case RECORD -> {
        if (visitNamed(schema, visited)) {
          schema.getFields().forEach(field -> visitField(schema, field, visited));
        }
      }
      default -> assertThat(schema.getType()).isNotIn(Schema.Type.MAP, Schema.Type.FIXED);
    }
  }

  private static boolean visitNamed(Schema schema, Set<String> visited) {
    assertThat(schema.getDoc()).as(schema.getFullName()).isNotBlank();
    return visited.add(schema.getFullName());
  }

  private static void visitField(Schema record, Schema.Field field, Set<String> visited) {
    String name = record.getName() + "." + field.name();
    assertThat(field.doc()).as(name).isNotBlank().endsWith(".");
    if (isNumber(field.schema())) {
      assertThat(field.doc()).as(name).containsPattern(RANGE);
    }
    visit(field.schema(), visited);
  }

  private static boolean isNumber(Schema schema) {
    return schema.isUnion()
        ? schema.getTypes().stream().anyMatch(SchemaDocTest::isNumber)
        : NUMBERS.contains(schema.getType());
  }
}
