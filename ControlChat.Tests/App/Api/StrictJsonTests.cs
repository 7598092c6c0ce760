using System.Text;
using System.Text.Json;
using ControlChat.App.Api;
using Xunit;

namespace ControlChat.Tests.App.Api;

public sealed class StrictJsonTests
{
    private sealed record Body(string Title, int? Count = null, JsonElement Arguments = default, string[]? Tags = null);

    [Fact]
    public void A_right_body_is_read()
    {
        var body = Parse("""{"title": "Zürich 🏔", "count": 3, "arguments": {"a": [1, {"b": null}]}, "tags": ["x"]}""");
        Assert.Equal("Zürich 🏔", body.Title);
        Assert.Equal(3, body.Count);
        Assert.Equal("{\"a\": [1, {\"b\": null}]}", body.Arguments.GetRawText());
        Assert.Equal(["x"], body.Tags!);
    }

    [Theory]
    [InlineData("""{"title": "a", "titel": 1}""", "unknown_field")]
    [InlineData("""{"Title": "a"}""", "unknown_field")]
    [InlineData("""{"title": "a", "title": "b"}""", "invalid")]
    [InlineData("""{"title": "a", "\u0074itle": "b"}""", "invalid")]
    [InlineData("""{"title": "a", "arguments": {"x": 1, "x": 2}}""", "invalid")]
    [InlineData("""{"title": 5}""", "invalid")]
    [InlineData("""{"title": null}""", "invalid")]
    [InlineData("""{}""", "invalid")]
    [InlineData("""{"title": "a", "count": "3"}""", "invalid")]
    [InlineData("""{"title": "a", "count": 1e99}""", "invalid")]
    [InlineData("""{"title": "a", "count": 1.5}""", "invalid")]
    [InlineData("""{"title": "\ud800"}""", "invalid")]
    [InlineData("""{"title": "a", "arguments": {"deep": ["\udc00"]}}""", "invalid")]
    [InlineData("""["title"]""", "invalid")]
    [InlineData("""null""", "invalid")]
    [InlineData("""{"title": "a"} x""", "invalid")]
    [InlineData("""{"title": "a",}""", "invalid")]
    [InlineData("""{"title": "a" /* c */}""", "invalid")]
    [InlineData("""{"title": NaN}""", "invalid")]
    [InlineData("{", "invalid")]
    public void Anything_else_is_refused_with_a_code(string json, string code)
    {
        var fault = Assert.Throws<ApiException>(() => Parse(json));
        Assert.Equal(422, fault.Status);
        Assert.Equal(code, fault.Code);
    }

    [Fact]
    public void A_missing_field_is_named_and_no_type_of_ours_is()
    {
        var fault = Assert.Throws<ApiException>(() => Parse("""{"count": 1}"""));
        Assert.Equal("The body lacks 'title'.", fault.Message);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        byte[] body = [.. Encoding.UTF8.GetBytes("{\"title\": \""), 0xC3, 0x28, .. Encoding.UTF8.GetBytes("\"}")];
        Assert.Equal("invalid", Assert.Throws<ApiException>(() => StrictJson.Parse<Body>(body)).Code);
    }

    [Fact]
    public void A_tower_of_brackets_is_refused_and_breaks_nothing()
    {
        var json = "{\"title\": \"a\", \"arguments\": " + new string('[', 100_000) + new string(']', 100_000) + "}";
        Assert.Equal("invalid", Assert.Throws<ApiException>(() => Parse(json)).Code);
    }

    private static Body Parse(string json) => StrictJson.Parse<Body>(Encoding.UTF8.GetBytes(json));
}
