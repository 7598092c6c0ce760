using System.Text.Json.Nodes;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ControlChat.Tests.App.Telemetry;

/// <summary>No secret of any setting reaches the log, whoever logs it and in whatever form; what belongs to a line does.</summary>
public sealed class SecretLogTests
{
    public static TheoryData<string> Secrets =>
    [
        .. SettingCatalog.All.Where(s => s.Secret).Select(s => s.Key),
        .. SettingCatalog.All.Where(s => s.Type is SettingType.Objects).SelectMany(s => ((SettingType.Objects)s.Type).Secrets, (s, name) => $"{s.Key}:0:{name}"),
    ];

    [Theory]
    [MemberData(nameof(Secrets))]
    public async Task A_secret_of_a_setting_never_reaches_the_log(string key)
    {
        const string value = "plum Orchard/7 + \"quoted\"";
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [key] = value }).Build();
        var secrets = new SettingReader(configuration, []).Read().Secrets;
        Assert.Equal(value, secrets.Find(key));
        using var folder = new TempFolder();
        var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddLogging().AddTelemetry(folder["logs"], secrets.Values);
        await using (var hub = services.BuildServiceProvider())
        {
            hub.GetRequiredService<LogWriter>().OpenFiles();
            var logger = hub.GetRequiredService<ILogger<SecretLogTests>>();
            using var scope = logger.BeginRun("run_1", "cnv_1", "control-agent");
            using var tool = logger.BeginTool($"tool {value}");
            foreach (var written in new[] { value, Uri.EscapeDataString(value), Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(value)), JsonValue.Create(value)!.ToJsonString() })
                Told(logger, new InvalidOperationException($"it was {written}"), written);
        }
        var text = string.Concat(Directory.EnumerateFiles(folder["logs"]).Select(File.ReadAllText));
        Assert.Equal(4, text.Count(c => c == '\n'));
        foreach (var part in new[] { "plum", "Orchard", "cGx1bSBPcmNo" }) Assert.DoesNotContain(part, text, StringComparison.Ordinal);
        var line = JsonNode.Parse(text.Split('\n')[0])!;
        Assert.Equal(("run_1", "cnv_1", "control-agent"), (line["run_id"]!.GetValue<string>(), line["conversation_id"]!.GetValue<string>(), line["agent"]!.GetValue<string>()));
        Assert.Contains(Redactor.Removed, line["tool"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static readonly Action<ILogger, string, Exception?> Tell = LoggerMessage.Define<string>(LogLevel.Warning, new EventId(1, "Told"), "It was {What}");

    private static void Told(ILogger logger, Exception fault, string what) => Tell(logger, what, fault);
}
