using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using Xunit;

namespace ControlChat.Tests.Core.Gate;

public sealed class QuestionFormTests
{
    [Theory]
    [InlineData("""{"type":"string"}""", QuestionFieldKind.Text)]
    [InlineData("""{"type":["string","null"]}""", QuestionFieldKind.Text)]
    [InlineData("""{"type":"number"}""", QuestionFieldKind.Number)]
    [InlineData("""{"type":"integer"}""", QuestionFieldKind.WholeNumber)]
    [InlineData("""{"type":"boolean"}""", QuestionFieldKind.Boolean)]
    [InlineData("""{"type":"string","enum":["a","b"]}""", QuestionFieldKind.Choice)]
    [InlineData("""{"oneOf":[{"const":"a","title":"A"},{"const":"b"}]}""", QuestionFieldKind.Choice)]
    [InlineData("""{"enum":["a",1]}""", QuestionFieldKind.Json)]
    [InlineData("""{"type":"array"}""", QuestionFieldKind.Json)]
    [InlineData("""{"type":["string","number"]}""", QuestionFieldKind.Json)]
    [InlineData("""{"type":7,"enum":"x","minimum":"low","title":3}""", QuestionFieldKind.Json)]
    [InlineData("\"nothing\"", QuestionFieldKind.Json)]
    public void Each_schema_is_a_field_of_its_kind(string schema, QuestionFieldKind kind) => Assert.Equal(kind, Assert.Single(Form($$"""{"f":{{schema}}}""").Fields).Kind);

    [Theory]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"ab\"", true)]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"a\"", false)]
    [InlineData("""{"type":"string","maxLength":3}""", "\"😀😀😀\"", true)]
    [InlineData("""{"type":"string"}""", "1", false)]
    [InlineData("""{"type":"string"}""", "null", false)]
    [InlineData("""{"type":"number","minimum":0.5}""", "0.5", true)]
    [InlineData("""{"type":"number","minimum":0.5}""", "0.4", false)]
    [InlineData("""{"type":"integer"}""", "2.0", true)]
    [InlineData("""{"type":"integer"}""", "2.5", false)]
    [InlineData("""{"type":"boolean"}""", "false", true)]
    [InlineData("""{"type":"boolean"}""", "\"false\"", false)]
    [InlineData("""{"enum":["a","b"]}""", "\"b\"", true)]
    [InlineData("""{"enum":["a","b"]}""", "\"c\"", false)]
    [InlineData("""{"type":"array"}""", "{\"any\":1}", true)]
    public void A_value_is_checked_as_its_field_asks(string schema, string value, bool fits) =>
        Assert.Equal(fits, Form($$"""{"f":{{schema}}}""").Check(JsonNode.Parse($$"""{"f":{{value}}}""")!.AsObject()) is null);

    [Fact]
    public void What_is_required_must_be_there_and_what_is_not_asked_for_must_not()
    {
        var form = QuestionForm.Of(JsonNode.Parse("""{"properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["a","gone",1]}""")!.AsObject());
        Assert.Null(form.Check(new JsonObject { ["a"] = "x" }));
        Assert.Equal("'a' is missing.", form.Check(new JsonObject { ["b"] = "x" }));
        Assert.Equal("The question has no field 'c'.", form.Check(new JsonObject { ["a"] = "x", ["c"] = "x" }));
    }

    [Fact]
    public void A_question_without_a_form_takes_an_empty_answer_only()
    {
        foreach (var schema in new[] { null, new JsonObject(), new JsonObject { ["properties"] = "none" } })
        {
            Assert.Empty(QuestionForm.Of(schema).Fields);
            Assert.Null(QuestionForm.Of(schema).Check([]));
            Assert.NotNull(QuestionForm.Of(schema).Check(new JsonObject { ["a"] = 1 }));
        }
    }

    [Fact]
    public void Choices_carry_their_names_and_secrets_are_known()
    {
        var form = Form("""{"a":{"enum":["x","y"],"enumNames":["Ex"]},"b":{"type":"string","writeOnly":true},"c":{"type":"string","format":"password","default":"p"}}""");
        Assert.Equal([("x", "Ex"), ("y", "y")], form.Fields[0].Choices);
        Assert.Equal([false, true, true], form.Fields.Select(f => f.Secret));
    }

    private static QuestionForm Form(string properties) => QuestionForm.Of(JsonNode.Parse($$"""{"type":"object","properties":{{properties}}}""")!.AsObject());
}
