using ControlChat.Core.Settings;

namespace ControlChat.App.Start;

/// <summary>Which model answers by these settings: <c>auto</c> is openai when a key or an endpoint is set, else the offline planner.</summary>
/// <param name="Provider"><c>openai|offline</c>.</param>
/// <param name="Name">As set; null for the provider's default.</param>
internal sealed record ModelChoice(string Provider, string? Name)
{
    public static ModelChoice Of(HubOptions options)
    {
        var hasModel = options.Model.Endpoint is { Length: > 0 } || Environment.GetEnvironmentVariable("OPENAI_API_KEY") is { Length: > 0 };
        var provider = options.Model.Provider == "auto" ? hasModel ? "openai" : "offline" : options.Model.Provider;
        return new ModelChoice(provider, provider == "offline" ? null : options.Model.Name);
    }
}
