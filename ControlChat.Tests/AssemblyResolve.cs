using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace ControlChat.Tests;

/// <summary>bunit was built against a newer AngleSharp.Diffing than the registry has; the older one serves its calls.</summary>
internal static class AssemblyResolve
{
    [ModuleInitializer]
    internal static void Install() => AssemblyLoadContext.Default.Resolving += (context, name) =>
        name.Name == "AngleSharp.Diffing" ? context.LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, "AngleSharp.Diffing.dll")) : null;
}
