using System.Diagnostics;
using System.Globalization;
using ControlChat.Bench.Relay;

namespace ControlChat.Bench.Circuits;

/// <summary>The floor of P6: the blank Blazor template, published once into the temporary folder and kept there.</summary>
internal sealed class BlankApp : IDisposable
{
    private static readonly string _folder = Path.Combine(Path.GetTempPath(), "controlchat-bench-blank");
    private readonly Process _process;

    private BlankApp(Process process, string address) => (_process, Address) = (process, address);

    public string Address { get; }

    public int ProcessId => _process.Id;

    public static async Task<BlankApp> StartAsync()
    {
        var app = Path.Combine(_folder, "out", "Blank.dll");
        if (!File.Exists(app))
        {
            await RunAsync("new", "blazor", "-n", "Blank", "-o", _folder, "--interactivity", "Server", "--all-interactive", "--no-https", "--no-restore", "--force");
            await RunAsync("publish", _folder, "-c", "Release", "-o", Path.Combine(_folder, "out"), "-v", "q", "--nologo", "-p:RequiresAspNetWebAssets=false");
        }
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{RedisProcess.FreePort()}");
        var start = new ProcessStartInfo("dotnet", [app, "--contentRoot", Path.Combine(_folder, "out")]) { RedirectStandardOutput = true };
        start.Environment["ASPNETCORE_URLS"] = address;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["DOTNET_gcServer"] = "0";
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        using var http = new HttpClient();
        for (var tries = 0; ; tries++)
        {
            try
            {
                await http.GetStringAsync(new Uri(address + "/weather"));
                return new BlankApp(process, address);
            }
            catch (HttpRequestException) when (tries < 200)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    private static async Task RunAsync(params string[] arguments)
    {
        using var dotnet = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var output = await dotnet.StandardOutput.ReadToEndAsync();
        await dotnet.WaitForExitAsync();
        if (dotnet.ExitCode != 0) throw new InvalidOperationException($"dotnet {string.Join(' ', arguments)} ended with {dotnet.ExitCode}: {output}");
    }
}
