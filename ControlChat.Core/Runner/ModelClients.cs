using ControlChat.Core.Runner.Offline;
using ControlChat.Core.Runner.OpenAi;
using ControlChat.Core.Settings;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner;

/// <param name="Provider"><c>openai</c> or <c>offline</c>.</param>
/// <param name="Name">Who answers, for the message's author: the model's name or <c>offline planner</c>.</param>
/// <param name="Client">Never disposed by the caller; shared by all runs.</param>
/// <param name="Note">Said before the answer when the planner stands in for a model that cannot be reached; else null.</param>
public sealed record ModelChoice(string Provider, string Name, IChatClient Client, string? Note = null);

/// <summary>Which model answers. One client for all runs, made anew only when a setting has changed.</summary>
/// <param name="settings">Where <c>Model:*</c> is read, at every choice.</param>
/// <param name="apiKey"><c>OPENAI_API_KEY</c>, or null.</param>
/// <param name="time">The clock for stalls and pauses.</param>
public sealed class ModelClients(IHubSettings settings, string? apiKey, TimeProvider time) : IDisposable
{
    public const string OpenAi = "openai";
    public const string Offline = "offline";

    /// <summary>The model asked for when <c>Model:Name</c> is not set.</summary>
    public const string DefaultName = "gpt-5.5";

    private readonly OfflinePlanner _planner = new(time);
    private readonly ModelHealth _health = new(time);
    private volatile OpenAiChatClient? _client;

    /// <summary><c>openai</c> or <c>offline</c>, after <c>auto</c> was resolved.</summary>
    public string Provider => settings.Current.Model switch
    {
        { Provider: Offline } => Offline,
        { Provider: OpenAi } => OpenAi,
        { Endpoint.Length: > 0 } => OpenAi,
        _ => string.IsNullOrEmpty(apiKey) ? Offline : OpenAi,
    };

    /// <summary>For the model badge.</summary>
    public ModelState State => Provider == Offline
        ? new ModelState(Offline, OfflinePlanner.Author, true, null, null)
        : new ModelState(OpenAi, ModelName, _health.Reachable, _health.LastError, _health.RetryAt);

    /// <summary>Who answers a message: slash commands always the offline planner; the planner too while the model is known to be unreachable.</summary>
    public ModelChoice Choose(string userText)
    {
        ArgumentNullException.ThrowIfNull(userText);
        if (Provider == Offline || userText.AsSpan().TrimStart().StartsWith("/")) return new ModelChoice(Offline, OfflinePlanner.Author, _planner);
        if (_health.RetryAt is { } retry && retry > time.GetUtcNow())
            return new ModelChoice(Offline, OfflinePlanner.Author, _planner, $"{ModelName} is not reachable, so the offline planner answers what it can.");
        return Named(OpenAi);
    }

    /// <summary>A client by its provider's name, for a run that goes on with the one that began it.</summary>
    public ModelChoice Named(string provider) => provider switch
    {
        Offline => new ModelChoice(Offline, OfflinePlanner.Author, _planner),
        OpenAi => new ModelChoice(OpenAi, ModelName, Client()),
        _ => throw new ArgumentOutOfRangeException(nameof(provider), provider, "openai or offline"),
    };

    public void Dispose()
    {
        _client?.Dispose();
        _planner.Dispose();
    }

    private string ModelName => settings.Current.Model.Name is { Length: > 0 } name ? name : DefaultName;

    private OpenAiChatClient Client()
    {
        var model = settings.Current.Model;
        // Local servers want no key, but the header must hold something.
        var options = new OpenAiOptions(string.IsNullOrEmpty(model.Endpoint) ? null : new Uri(model.Endpoint), ModelName, string.IsNullOrEmpty(apiKey) ? "none" : apiKey, model.Api, model.StallTimeout);
        if (_client is { } client && client.Options == options) return client;
        return _client = new OpenAiChatClient(options, time, _health);
    }
}
