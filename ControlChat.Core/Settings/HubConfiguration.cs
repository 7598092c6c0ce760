using ControlChat.Core.Hub;
using Microsoft.Extensions.Configuration;

namespace ControlChat.Core.Settings;

/// <summary>The door of the settings at start: reads, checks everything, refuses with all faults at once.</summary>
public static class HubConfiguration
{
    /// <param name="configuration">File, then environment, then command line.</param>
    /// <param name="startDirectory">What relative paths are relative to.</param>
    /// <param name="environment">Looks up <c>XDG_DATA_HOME</c> and <c>HOME</c>.</param>
    /// <exception cref="SettingsException">At least one fault; exit code 78.</exception>
    public static LoadedSettings Load(IConfigurationRoot configuration, string startDirectory, Func<string, string?> environment)
    {
        var faults = new List<string>();
        var (values, secrets) = new SettingReader(configuration, faults).Read();
        // Illegal values are left out of the entries, so that what follows checks the rest with defaults in their place.
        var options = OptionsBinder.Bind(values.Entries);
        faults.AddRange(StoreAndBus(options, secrets).Concat(Entries(options, secrets)).Concat(WebhookRules.Faults(options.Webhooks, secrets)).Concat(SignInRules.Faults(options, secrets)));
        var paths = HubPathRules.Resolve(options, startDirectory, environment, faults);
        return faults.Count == 0 ? new LoadedSettings(values, paths, secrets) : throw new SettingsException(faults);
    }

    private static IEnumerable<string> StoreAndBus(HubOptions options, HubSecrets secrets)
    {
        if (options.Hub.Store == "postgres")
        {
            if (secrets.Find("Hub:ConnectionString") is not { } at) yield return "Hub:ConnectionString is not set; Hub:Store 'postgres' needs it; set the environment variable Hub__ConnectionString.";
            else if (HubServices.ConnectionStringFault(at) is { } fault) yield return fault;
            if (secrets.Find("Hub:KeyEncryptionKey") is not { } key || KeySeal.Of(key) is null)
                yield return "Hub:KeyEncryptionKey is not set or not 32 bytes in base64; Hub:Store 'postgres' needs it; set the environment variable Hub__KeyEncryptionKey, such as from: openssl rand -base64 32.";
        }
        if (options.Hub.Store == "sqlite" && options.Bus.Kind == "redis")
            yield return "Bus:Kind is 'redis' while Hub:Store is 'sqlite'; use 'local'.";
        if (options.BusKind == "redis" && !options.Bus.Redis.AllowNoPassword && secrets.Find("Bus:Redis:Password") is null)
            yield return "Bus:Redis:Password is not set; set the environment variable Bus__Redis__Password, or Bus:Redis:AllowNoPassword to true.";
    }

    private static IEnumerable<string> Entries(HubOptions options, HubSecrets secrets)
    {
        if (options.Model.Provider == "openai" && options.Model.Endpoint is null && secrets.OpenAiKey is null)
            yield return "Model:Provider is 'openai' without a key; set the environment variable OPENAI_API_KEY, or Model:Endpoint for a server that needs none, or use 'offline'.";
        if (options.Hub.RequireProxy && options.SignIn.Proxy.KnownProxies.Count == 0)
            yield return "Hub:RequireProxy is true while SignIn:Proxy:KnownProxies is empty; name the proxy's address or network.";
        foreach (var fault in options.Mcp.Servers.SelectMany((server, i) => ToolServer(options, server, i, secrets.Find($"Mcp:Servers:{i}:Token") is not null))) yield return fault;
        foreach (var fault in options.Embed.Capabilities.SelectMany((grant, i) => Grant(options.Embed, grant, i))) yield return fault;
    }

    private static IEnumerable<string> Grant(EmbedSection embed, EmbedGrant grant, int index)
    {
        var at = $"Embed:Capabilities:{index}";
        if (!embed.Origins.Contains(grant.Origin)) yield return $"{at}:Origin is '{SettingText.Shown(grant.Origin)}', which is not in Embed:Origins; name one of them.";
        if (embed.Capabilities.Take(index).Any(earlier => earlier.Origin == grant.Origin)) yield return $"{at}:Origin '{SettingText.Shown(grant.Origin)}' is there twice; put all it may into one entry.";
    }

    private static IEnumerable<string> ToolServer(HubOptions options, McpServer server, int index, bool hasToken)
    {
        var at = $"Mcp:Servers:{index}";
        if (server.Name.Length == 0 || server.Url is null == server.Command is null) yield return $"{at} needs a Name and either Url or Command.";
        if (options.Mcp.Servers.Take(index).Any(earlier => earlier.Name == server.Name)) yield return $"{at}:Name '{server.Name}' is there twice; give each server a name of its own.";
        if (hasToken && server.Url is { } url && new Uri(url) is { IsLoopback: false, Scheme: "http" }) yield return $"{at}:Url is plain http to another machine, so its Token could be read on the way; use https.";
        if (hasToken && server.Command is not null) yield return $"{at}:Token belongs to a server with a Url; a Command is given no secret of the hub.";
    }
}
