using ControlChat.Core.Runner;
using ControlChat.Core.Settings;
using ControlChat.ScriptedModel;
using ControlChat.Tests.Support;
using Microsoft.Extensions.AI;
using Xunit;

namespace ControlChat.Tests.Core.Runner;

public sealed class ModelClientsTests
{
    private readonly FakeTime _time = new();
    private readonly Settings _settings = new();

    [Theory]
    [InlineData("auto", null, null, "offline")]
    [InlineData("auto", null, "sk-1", "openai")]
    [InlineData("auto", "http://127.0.0.1:1/v1", null, "openai")]
    [InlineData("offline", "http://127.0.0.1:1/v1", "sk-1", "offline")]
    [InlineData("openai", null, null, "openai")]
    public void Auto_means_a_model_when_a_key_or_an_endpoint_is_set(string provider, string? endpoint, string? key, string expected)
    {
        _settings.Model = new ModelSection { Provider = provider, Endpoint = endpoint, Name = "m" };
        using var clients = new ModelClients(_settings, key, _time);
        Assert.Equal(expected, clients.State.Provider);
        Assert.Equal(expected, clients.Choose("Hello").Provider);
        Assert.Equal(expected == "openai" ? "m" : "offline planner", clients.Choose("Hello").Name);
    }

    [Fact]
    public void Slash_commands_are_always_answered_by_the_planner()
    {
        _settings.Model = new ModelSection { Provider = "openai", Name = "m" };
        using var clients = new ModelClients(_settings, "sk-1", _time);
        Assert.Equal("offline planner", clients.Choose("  /help").Name);
    }

    [Fact]
    public async Task The_planner_stands_in_until_an_unreachable_model_is_tried_again()
    {
        _settings.Model = new ModelSection { Endpoint = "http://127.0.0.1:1/v1", Name = "m" };
        using var clients = new ModelClients(_settings, null, _time);
        Assert.Null(clients.State.Reachable);
        await Assert.ThrowsAsync<ModelException>(() => clients.Choose("Hello").Client.GetResponseAsync([new(ChatRole.User, "Hello")]));
        Assert.False(clients.State.Reachable);
        Assert.Contains("m is not reachable", clients.Choose("Hello").Note, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal("openai", clients.Choose("Hello").Provider);
    }

    [Fact]
    public async Task A_changed_setting_takes_effect_and_an_unchanged_one_keeps_the_client()
    {
        await using var server = await ScriptedModelServer.StartAsync();
        _settings.Model = new ModelSection { Endpoint = server.Url, Name = "one" };
        using var clients = new ModelClients(_settings, null, _time);
        var first = clients.Choose("Hello").Client;
        Assert.Same(first, clients.Choose("Hello").Client);
        _settings.Model = new ModelSection { Endpoint = server.Url, Name = "two", Api = "chat" };
        await clients.Choose("Hello").Client.GetResponseAsync([new(ChatRole.User, "Hello")]);
        Assert.Equal(("chat", "two"), (server.Requests[0].Request.Api, server.Requests[0].Request.Model));
    }

    private sealed class Settings : IHubSettings
    {
        public ModelSection Model { get; set; } = new();

        public HubOptions Current => new() { Model = Model };

        public HubPaths Paths => throw new NotSupportedException();
    }
}
