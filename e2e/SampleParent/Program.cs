using System.Globalization;
using ControlChat.SampleParent;

var token = Environment.GetEnvironmentVariable("CONTROLCHAT_TOKEN");
if (args.Length != 3 || !Uri.TryCreate(args[0], UriKind.Absolute, out var hub) || !int.TryParse(args[2], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || string.IsNullOrEmpty(token))
{
    Console.Error.WriteLine("usage: CONTROLCHAT_TOKEN=cct_… SampleParent HUB_URL SESSION_ID PORT");
    return 64;
}
Console.WriteLine(SampleParentServer.Warning);
await using var parent = await SampleParentServer.StartAsync(new SampleParentSettings(hub.GetLeftPart(UriPartial.Authority), token, args[1], port));
Console.WriteLine($"Add this to the hub's settings: Embed:Origins:0 = {parent.Url}");
Console.WriteLine($"Sign in here: {parent.Link}");
await parent.WaitForShutdownAsync();
return 0;
