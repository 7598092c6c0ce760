using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using Xunit;

namespace ControlChat.Tests.Core.Gate;

public sealed class RecordedArgumentsTests
{
    [Fact]
    public void The_value_of_a_refused_setting_is_never_recorded()
    {
        var recorded = RecordedArguments.Of("config.set", Json("""{"key":"Hub:ConnectionString","value":"Host=db;Password=correct horse"}"""))!.ToJsonString();
        Assert.Contains("Hub:ConnectionString", recorded, StringComparison.Ordinal);
        Assert.DoesNotContain("horse", recorded, StringComparison.Ordinal);
    }

    [Fact]
    public void What_looks_like_a_secret_is_removed_from_any_arguments()
    {
        var recorded = RecordedArguments.Of("workspace.create", Json("""{"title":"Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789"}"""))!.ToJsonString();
        Assert.DoesNotContain("abcdefghijklmnop", recorded, StringComparison.Ordinal);
    }

    [Fact]
    public void Plain_arguments_stand_as_they_are()
    {
        const string plain = """{"title":"Zürich \"data\"","tags":["a",null,1]}""";
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(plain), RecordedArguments.Of("workspace.create", Json(plain))));
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
