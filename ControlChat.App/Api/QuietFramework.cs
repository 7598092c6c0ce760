using Microsoft.Extensions.Options;

namespace ControlChat.App.Api;

/// <summary>
/// The framework's request log writes whole addresses, one-time tokens included. No level in the settings can switch it on again:
/// this runs after they are read and removes every rule for it, also those for a single provider.
/// </summary>
internal sealed class QuietFramework : IPostConfigureOptions<LoggerFilterOptions>
{
    private static readonly string[] Categories = ["Microsoft.AspNetCore.Hosting.Diagnostics", "Microsoft.AspNetCore.HttpLogging", "Microsoft.AspNetCore.Server.Kestrel.Connections", "Microsoft.AspNetCore.Http.Connections"];

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        var providers = options.Rules.Select(r => r.ProviderName).Append(null).Distinct().ToList();
        foreach (var rule in options.Rules.Where(r => Categories.Any(c => r.CategoryName?.StartsWith(c, StringComparison.OrdinalIgnoreCase) == true)).ToList()) options.Rules.Remove(rule);
        foreach (var provider in providers)
            foreach (var category in Categories) options.Rules.Add(new LoggerFilterRule(provider, category, LogLevel.Error, null));
    }
}
