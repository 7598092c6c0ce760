using System.Text.Json;
using Xunit;

namespace ControlChat.Tests.HouseRules;

public sealed class SecretRules
{
    private const string BaselineFile = ".secrets-baseline.json";

    private static readonly JsonSerializerOptions _wire = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private sealed record Baseline(Allowed[] Allowed);

    private sealed record Allowed(string File, string Fingerprint, string Why);

    [Fact]
    public void No_secret_lies_in_the_repository()
    {
        var baseline = JsonSerializer.Deserialize<Baseline>(Repository.Text(BaselineFile), _wire)!.Allowed;
        var found = (from path in Repository.Files
                     where !path.EndsWith("packages.lock.json", StringComparison.Ordinal) && !path.EndsWith("package-lock.json", StringComparison.Ordinal) && path != BaselineFile
                     let text = Repository.TextOrNull(path)
                     where text is not null
                     from finding in SecretScan.In(path, text)
                     select finding).ToList();
        Rule.Holds(found.Where(f => !baseline.Any(a => a.File == f.File && a.Fingerprint == f.Fingerprint)).Select(f => $"{f.File}:{f.Line} {f.Rule}, fingerprint {f.Fingerprint}"),
            $"Remove it and revoke it if it was real. A test vector gets a line in {BaselineFile}: file, fingerprint and why.");
        Rule.Holds(baseline.Where(a => !found.Any(f => a.File == f.File && a.Fingerprint == f.Fingerprint)).Select(a => $"{a.File} {a.Fingerprint}"),
            $"Nothing has this fingerprint any more: remove the line from {BaselineFile}.");
        Rule.Holds(baseline.Where(a => a.Why.Length < 10).Select(a => a.File), "Say why it is no secret.");
    }

    [Theory]
    [InlineData("-----BEGIN EC PRIVATE", " KEY-----", "private key")]
    [InlineData("key = sk-", "proj-abcdefghijklmnopqrstuv", "model key")]
    [InlineData("cct", "_0123456789012345678901234567890123456789abc", "hub token")]
    [InlineData("cch", "_0123456789012345678901234567890123456789abc", "hub token")]
    [InlineData("AKIA", "IOSFODNN7EXAMPLE", "AWS key")]
    [InlineData("ghp", "_abcdefghijklmnopqrstuvwxyz0123456789", "GitHub token")]
    [InlineData("Host=postgres://app:hunter22", "@db.internal", "password in a connection")]
    [InlineData("\"q8Zr2LmX", "w0Tb7VnC4KsY1JdG6HfP3QaE9Ru\"", "high entropy")]
    public void A_planted_secret_is_found(string first, string second, string rule)
    {
        Assert.Contains(SecretScan.In("x.json", first + second), f => f.Rule == rule);
    }

    [Theory]
    [InlineData("\"ControlChat_Core_Hub_Sqlite_SqliteHubDatabase\"")]
    [InlineData("\"0000000000000000000000000000000000000000000000000000000000000000\"")]
    [InlineData("\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\"")]
    public void Plain_names_are_left_alone(string text)
    {
        Assert.Empty(SecretScan.In("x.cs", text));
    }
}
