using Kist.Engine.Configuration;
using Kist.Linux;
using Kist.Spec;

namespace Kist.Engine.Launching;

/// <summary>The device files of this machine.</summary>
static class HostDevices
{
    /// <summary>Those of a --device, which may be a directory; all of /dev for null.</summary>
    public static IReadOnlyList<Device> Find(DeviceRequest? request)
    {
        List<Device> devices = [];
        if (request is null)
        {
            Collect("/dev", "/dev", devices);
            return devices;
        }
        Errno error = Kernel.DeviceOf(request.Source, out uint major, out uint minor, out FileStatus status);
        if (error != Errno.None)
            throw new KistException($"--device {request.Source}: {error.Describe()}");
        if (status.Type == FileType.Directory)
            Collect(request.Source, request.Destination, devices);
        else if (Make(request.Destination, status, major, minor) is { } device)
            devices.Add(device);
        return devices.Count > 0 ? devices
            : throw new KistException($"--device {request.Source}: {(status.Type == FileType.Directory ? "there is no device in it" : "it is no device; -v shares a file or directory")}");
    }

    static void Collect(string directory, string destination, List<Device> devices)
    {
        foreach (DirectoryEntry entry in new HostFiles().List(directory) ?? [])
        {
            string path = $"{directory}/{entry.Name}", place = $"{destination}/{entry.Name}";
            // The container has these of its own, or they are no devices.
            if (entry.Type == FileType.SymbolicLink || path is "/dev/pts" or "/dev/shm" or "/dev/fd" or "/dev/mqueue" or "/dev/console" or "/dev/ptmx" or "/dev/.udev")
                continue;
            if (entry.Type == FileType.Directory)
                Collect(path, place, devices);
            else if (entry.Type is FileType.CharacterDevice or FileType.BlockDevice
                && Kernel.DeviceOf(path, out uint major, out uint minor, out FileStatus status) == Errno.None && Make(place, status, major, minor) is { } device)
                devices.Add(device);
        }
    }

    static Device? Make(string path, FileStatus status, uint major, uint minor) => status.Type switch
    {
        FileType.CharacterDevice => new Device(path, 'c', (int)major, (int)minor, status.Mode, status.Uid, status.Gid),
        FileType.BlockDevice => new Device(path, 'b', (int)major, (int)minor, status.Mode, status.Uid, status.Gid),
        _ => null,
    };
}
