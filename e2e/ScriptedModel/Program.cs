using System.Globalization;
using ControlChat.ScriptedModel;

if (args.Length < 1 || !int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535)
{
    Console.Error.WriteLine("usage: ScriptedModel PORT [--obey]");
    return 64;
}
await using var server = await ScriptedModelServer.StartAsync(port);
server.ObeysInjections = args.Contains("--obey");
Console.WriteLine($"scripted model on {server.Url}");
await server.WaitForShutdownAsync();
return 0;
